//! Reads a catalog in four statements of one read-only transaction.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Array, Bool, Nullable, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl};

use super::{Catalog, Column, Table};
use crate::connection::{DatabaseUrl, Session, with_session};
use crate::error::MigratorError;

/// Reads the catalog of the database at `url`; writes nothing there.
pub async fn read(url: &str) -> Result<Catalog, MigratorError> {
    with_session(&DatabaseUrl::parse(url)?, |session| Ok(read_from(session)?)).await
}

/// The tables that this catalog is about: ours and the owner's, not the histories, not an extension's.
const TABLES: &str = "
    WITH listed AS (
        SELECT oid, relname FROM pg_catalog.pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
          AND relname NOT IN ('_prisma_migrations', '__diesel_schema_migrations')
          AND NOT EXISTS (
              SELECT 1 FROM pg_catalog.pg_depend
              WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
    )";

const TYPES: &str = "
    SELECT typname::text AS name,
           (SELECT array_agg(enumlabel::text ORDER BY enumsortorder)
            FROM pg_catalog.pg_enum WHERE enumtypid = pg_type.oid) AS values
    FROM pg_catalog.pg_type
    WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
      AND NOT EXISTS (
          SELECT 1 FROM pg_catalog.pg_depend
          WHERE classid = 'pg_type'::regclass AND objid = pg_type.oid AND deptype = 'e')";

const COLUMNS: &str = "
    SELECT relname::text AS table_name, attname::text AS name,
           format_type(atttypid, atttypmod) AS sql_type, NOT attnotnull AS nullable,
           pg_get_expr(adbin, adrelid) AS default_value
    FROM listed
    JOIN pg_catalog.pg_attribute ON attrelid = listed.oid
    LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
    ORDER BY relname, attnum";

const CONSTRAINTS: &str = "
    SELECT relname::text AS table_name, conname::text AS name, pg_get_constraintdef(pg_constraint.oid) AS definition
    FROM listed
    JOIN pg_catalog.pg_constraint ON conrelid = listed.oid
    WHERE contype IN ('p', 'u', 'f', 'c', 'x')";

// The definition starts with the index's own name and table; what follows USING is what it does.
const INDEXES: &str = "
    SELECT listed.relname::text AS table_name, named.relname::text AS name,
           CASE WHEN indisunique THEN 'unique ' ELSE '' END
               || CASE WHEN indisvalid THEN '' ELSE 'invalid ' END
               || regexp_replace(pg_get_indexdef(indexrelid), '^.*? USING ', '') AS definition
    FROM listed
    JOIN pg_catalog.pg_index ON indrelid = listed.oid
    JOIN pg_catalog.pg_class AS named ON named.oid = indexrelid
    WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint
                      WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))";

#[derive(QueryableByName)]
struct TypeRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    values: Option<Vec<String>>,
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql_type: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = Nullable<Text>)]
    default_value: Option<String>,
}

#[derive(QueryableByName)]
struct DefinitionRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

pub(crate) fn read_from(session: &mut Session) -> diesel::QueryResult<Catalog> {
    session.transaction(|session| {
        // Definitions are printed relative to the search path; with this one they always read alike.
        session.batch_execute("SET TRANSACTION READ ONLY; SET LOCAL search_path TO public")?;

        let mut catalog = Catalog::default();
        for row in diesel::sql_query(TYPES).load::<TypeRow>(session)? {
            catalog.types.insert(row.name, row.values.unwrap_or_default());
        }
        for row in diesel::sql_query(format!("{TABLES} {COLUMNS}")).load::<ColumnRow>(session)? {
            let ColumnRow { table_name, name, sql_type, nullable, default_value: default } = row;
            table(&mut catalog, table_name).columns.push(Column { name, sql_type, nullable, default });
        }
        for row in diesel::sql_query(format!("{TABLES} {CONSTRAINTS}")).load::<DefinitionRow>(session)? {
            table(&mut catalog, row.table_name).constraints.insert(row.name, row.definition);
        }
        for row in diesel::sql_query(format!("{TABLES} {INDEXES}")).load::<DefinitionRow>(session)? {
            table(&mut catalog, row.table_name).indexes.insert(row.name, row.definition);
        }
        Ok(catalog)
    })
}

fn table(catalog: &mut Catalog, name: String) -> &mut Table {
    catalog.tables.entry(name).or_default()
}

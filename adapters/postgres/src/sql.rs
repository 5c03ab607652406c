//! SQL of our own that is prepared once for each connection and kept, as the statements that diesel builds are.
//! `diesel::sql_query` and `diesel::dsl::sql` would have the server parse and plan it anew every time, and wait for that
//! in a round trip of its own: see docs/performance.md.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::expression::{AsExpression, Expression, TypedExpressionType, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::{AppearsOnTable, SelectableExpression};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, SqlType, Untyped};

/// A statement whose rows are read by the names of their columns.
pub(crate) fn sql(text: &'static str) -> Sql {
    Sql(text)
}

/// A part of a statement that diesel builds: an expression of the type `ST`, which may go on with values and more text.
pub(crate) fn snippet<ST>(text: &'static str) -> Snippet<ST> {
    Snippet { pieces: vec![Piece::Text(text)], of: PhantomData }
}

/// Ends the part of a statement that finds a page's rows, in order, where the largest page does. The page's own limit
/// stands outside of it: the planner takes a limit that is a parameter for a tenth of all rows, and where there are many
/// it would rather plan every call anew than keep such a plan.
macro_rules! most_rows {
    () => {
        " LIMIT 101"
    };
}
pub(crate) use most_rows;

/// See [`sql`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql(&'static str);

/// A statement with a value for its next parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound<Q, V, ST> {
    query: Q,
    value: V,
    of: PhantomData<ST>,
}

/// See [`snippet`].
pub(crate) struct Snippet<ST> {
    pieces: Vec<Piece>,
    of: PhantomData<ST>,
}

enum Piece {
    Text(&'static str),
    Value(Box<dyn QueryFragment<Pg> + Send>),
}

impl<ST> Snippet<ST> {
    /// Goes on with this text.
    pub(crate) fn text(mut self, text: &'static str) -> Self {
        self.pieces.push(Piece::Text(text));
        self
    }

    /// Goes on with a value.
    pub(crate) fn value<T: SqlType + TypedExpressionType>(
        mut self,
        value: impl AsExpression<T, Expression: QueryFragment<Pg> + Send + 'static>,
    ) -> Self {
        self.pieces.push(Piece::Value(Box::new(value.as_expression())));
        self
    }
}

impl Sql {
    /// Binds the first parameter.
    pub(crate) fn bind<ST, V>(self, value: V) -> Bound<Self, V, ST> {
        Bound { query: self, value, of: PhantomData }
    }
}

impl<Q, V, ST> Bound<Q, V, ST> {
    /// Binds the next parameter.
    pub(crate) fn bind<ST2, V2>(self, value: V2) -> Bound<Self, V2, ST2> {
        Bound { query: self, value, of: PhantomData }
    }
}

impl QueryFragment<Pg> for Sql {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

/// The parameters are numbered in the text, which diesel's own way of writing them would repeat: only their values are
/// collected.
impl<Q, V, ST> QueryFragment<Pg> for Bound<Q, V, ST>
where
    Q: QueryFragment<Pg>,
    V: ToSql<ST, Pg>,
    Pg: HasSqlType<ST>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_bind_param_value_only(&self.value)
    }
}

impl<ST> QueryFragment<Pg> for Snippet<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_sql(text),
                Piece::Value(value) => value.walk_ast(out.reborrow())?,
            }
        }
        Ok(())
    }
}

// Statements are told apart by their text and the types of their parameters, not by a Rust type.
impl QueryId for Sql {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, V, ST> QueryId for Bound<Q, V, ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> QueryId for Snippet<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sql {
    type SqlType = Untyped;
}

impl<Q, V, ST> Query for Bound<Q, V, ST> {
    type SqlType = Untyped;
}

impl<ST: TypedExpressionType> Expression for Snippet<ST> {
    type SqlType = ST;
}

impl<ST, QS> AppearsOnTable<QS> for Snippet<ST> where Self: Expression {}

impl<ST, QS> SelectableExpression<QS> for Snippet<ST> where Self: Expression {}

impl<ST, GB> ValidGrouping<GB> for Snippet<ST> {
    type IsAggregate = is_aggregate::Never;
}

#[cfg(test)]
mod tests {
    use application_kernel::{PageRequest, PageSize};

    #[test]
    fn parts_of_lists_end_where_the_largest_page_does() {
        let largest = PageRequest::<()> { size: PageSize::MOST, after: None };
        assert_eq!(most_rows!(), format!(" LIMIT {}", largest.limit()));
    }
}

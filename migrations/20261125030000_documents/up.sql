-- Receipts, invoices and credit notes: numbered without gaps, and never changed.

-- The next number of each series and year. Whoever issues holds its row until the end of the transaction, so a number
-- that is not used is not taken.
CREATE TABLE document_series (
    series varchar(10) NOT NULL,
    year   integer     NOT NULL CHECK (year BETWEEN 1970 AND 9999),
    next   integer     NOT NULL CHECK (next > 0),
    CONSTRAINT document_series_pkey PRIMARY KEY (series, year)
);

CREATE TABLE issued_documents (
    number       varchar(30)  NOT NULL, -- series-year-number, as people write it
    series       varchar(10)  NOT NULL,
    year         integer      NOT NULL,
    place        integer      NOT NULL CHECK (place > 0), -- within series and year
    kind         varchar(20)  NOT NULL,
    source_id    text         NOT NULL, -- what of the journal caused it
    payment_id   text         NOT NULL REFERENCES payments (id) ON DELETE RESTRICT,
    person_id    text         NOT NULL REFERENCES users (id) ON DELETE RESTRICT, -- to whom it was issued
    amount_minor bigint       NOT NULL CHECK (amount_minor > 0),
    currency     varchar(3)   NOT NULL,
    corrects     varchar(30)  REFERENCES issued_documents (number) ON DELETE RESTRICT,
    particulars  jsonb        NOT NULL, -- names and skill as they were then
    occurred_at  timestamp(6) NOT NULL,
    issued_at    timestamp(6) NOT NULL,
    CONSTRAINT issued_documents_pkey PRIMARY KEY (number),
    CONSTRAINT issued_documents_place UNIQUE (series, year, place),
    CONSTRAINT issued_documents_once UNIQUE (kind, source_id)
);
CREATE INDEX issued_documents_person ON issued_documents (person_id, issued_at, number);
CREATE INDEX issued_documents_payment ON issued_documents (payment_id);

CREATE TRIGGER issued_documents_are_kept BEFORE UPDATE OR DELETE ON issued_documents
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER issued_documents_are_not_emptied BEFORE TRUNCATE ON issued_documents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_series_are_kept BEFORE DELETE ON document_series
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A series begins with 1 and goes on by one.
CREATE FUNCTION follow_series() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP = 'INSERT' AND NEW.next <> 2) OR (TG_OP = 'UPDATE'
        AND (NEW.next <> OLD.next + 1 OR NEW.series <> OLD.series OR NEW.year <> OLD.year)) THEN
        RAISE EXCEPTION 'numbers of % follow one another', NEW.series
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER document_series_follow BEFORE INSERT OR UPDATE ON document_series
    FOR EACH ROW EXECUTE FUNCTION follow_series();

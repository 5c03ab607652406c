-- Nothing to take back: the table is created with this column, so it was there before this script.
-- Dropping it would lose who said what, and the tables' own script would still promise it.

SELECT 1;

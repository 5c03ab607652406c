DROP TABLE issued_documents;
DROP TABLE document_series;
DROP FUNCTION follow_series();

//! What students and mentors read of their own money, as JSON, CSV or PDF by `Accept`.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LINK, VARY};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use application_billing::ports::{DocumentKey, Sheet};
use application_billing::{DocumentView, EarningView, Month, OwnPaymentView, StatementView};
use domain_billing::DocumentNumber;
use domain_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{KnownFormat, Object, RefOr, Schema, SchemaFormat};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Problem;
use crate::accept::{Accepted, Form};
use crate::extract::Reader;
use crate::page::{self, PageView};
use crate::problem::ProblemView;
use crate::state::Shared;
use crate::table::{self, Table};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_payments)
        .service(list_earnings)
        .service(list_documents)
        .service(get_document)
        .service(get_statement);
}

// What the forms for spreadsheets look like.
const PAYMENTS_EXAMPLE: &str = "id,session_id,status,mentor_id,mentor_name,skill,plan,currency,amount,returned,returning,\
    started_at,paid_at,documents\r\n\
    01936f5e-8a11-7e43-8f00-5d6e7f8091a2,01936f5e-8a11-7e43-8f00-5d6e7f8091a1,SUCCESS,\
    01936f5e-8a11-7e43-8f00-5d6e7f8091a0,Ravi Sharma,Java Programming,Standard,INR,2499.00,499.00,0.00,\
    2026-11-25T04:25:00Z,2026-11-25T04:30:00Z,RCP-2026-000001 CRN-2026-000001\r\n";
const EARNINGS_EXAMPLE: &str = "payment_id,session_id,status,student_id,student_name,skill,plan,currency,amount,refunded,\
    fee,share,owed,payable_from,paid_at,voided_at,documents\r\n\
    01936f5e-8a11-7e43-8f00-5d6e7f8091a2,01936f5e-8a11-7e43-8f00-5d6e7f8091a1,RELEASED,\
    01936f5e-8a11-7e43-8f00-5d6e7f80919f,Asha Kumari,Java Programming,Standard,INR,2499.00,499.00,300.00,1700.00,0.00,\
    2026-12-28T05:30:00Z,2026-12-29T04:31:00Z,,INV-2026-000001\r\n";
const DOCUMENTS_EXAMPLE: &str = "number,kind,issued_at,occurred_at,payment_id,session_id,student_id,student_name,\
    mentor_id,mentor_name,skill,plan,gateway,currency,amount,of,corrects\r\n\
    RCP-2026-000001,receipt,2026-11-25T04:31:00Z,2026-11-25T04:30:00Z,01936f5e-8a11-7e43-8f00-5d6e7f8091a2,\
    01936f5e-8a11-7e43-8f00-5d6e7f8091a1,01936f5e-8a11-7e43-8f00-5d6e7f80919f,Asha Kumari,\
    01936f5e-8a11-7e43-8f00-5d6e7f8091a0,Ravi Sharma,Java Programming,Standard,simulated,INR,2499.00,,\r\n";
const STATEMENT_EXAMPLE: &str = "at,kind,payment_id,session_id,student,skill,currency,fee,amount,reference\r\n\
    2026-12-29T04:31:00Z,paid,01936f5e-8a11-7e43-8f00-5d6e7f8091a2,01936f5e-8a11-7e43-8f00-5d6e7f8091a1,Asha Kumari,\
    Java Programming,INR,300.00,1700.00,UTR-2026-000181\r\n";

/// A file to print.
struct Printed;

impl PartialSchema for Printed {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        Object::builder().schema_type(Type::String).format(Some(binary)).into()
    }
}

impl ToSchema for Printed {}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LatestQuery {
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`, or its `Link` header.
    cursor: Option<String>,
}

/// A read in the form that was asked for.
struct Shown<'a, V> {
    view: &'a V,
    /// What a file of it is called, without what its form adds.
    name: &'a str,
    /// Where the next page is, for the forms that have no place for it.
    next: Option<&'a str>,
}

impl<V: Serialize> Shown<'_, V> {
    async fn answer(
        self,
        shared: &Shared,
        form: Form,
        table: impl FnOnce(&V) -> Table,
        sheet: impl FnOnce(&V) -> Sheet,
    ) -> Result<HttpResponse, Problem> {
        let mut response = HttpResponse::Ok();
        response.insert_header((VARY, "accept"));
        let (kind, ending, bytes) = match form {
            Form::Json => return Ok(response.json(self.view)),
            Form::Csv => ("text/csv; charset=utf-8; header=present", "csv", table(self.view).written()?),
            Form::Pdf => ("application/pdf", "pdf", shared.api.printer.print(sheet(self.view)).await?),
        };
        if let Some(next) = self.next {
            response.insert_header((LINK, format!("<{next}>; rel=\"next\"")));
        }
        let file = format!("attachment; filename=\"{}.{ending}\"", self.name);
        response.insert_header((CONTENT_DISPOSITION, file)).insert_header((CONTENT_TYPE, kind));
        Ok(response.body(bytes))
    }
}

/// List your payments
///
/// What you paid as a student, with what went back, the latest first.
#[utoipa::path(
    tag = "statements",
    params(LatestQuery),
    responses(
        (status = 200, description = "A page of payments", content(
            (PageView<OwnPaymentView> = "application/json"),
            (String = "text/csv", example = json!(PAYMENTS_EXAMPLE)),
            (Printed = "application/pdf"),
        )),
        (status = 406, description = "`not_acceptable`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`not_printed`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`printer_busy`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[get("/me/payments")]
async fn list_payments(
    shared: Data<Shared>,
    Reader(viewer): Reader,
    Accepted(form): Accepted,
    request: HttpRequest,
    query: Query<LatestQuery>,
) -> Result<HttpResponse, Problem> {
    let LatestQuery { limit, cursor } = query.into_inner();
    let asked = page::asked(limit, cursor.as_deref(), page::key)?;
    let found = shared.api.statements.own_payments(&viewer.user, &asked).await?;
    let view = page::answer(&request, found, |id: String| id);
    let shown = Shown { view: &view, name: "payments", next: view.next() };
    shown
        .answer(
            &shared,
            form,
            |page| table::payments(page.items()),
            |page| OwnPaymentView::list(page.items()),
        )
        .await
}

/// List your earnings
///
/// Your shares of payments as a mentor: what the platform keeps, where each lies, when it was paid out. The latest
/// payment first.
#[utoipa::path(
    tag = "statements",
    params(LatestQuery),
    responses(
        (status = 200, description = "A page of shares", content(
            (PageView<EarningView> = "application/json"),
            (String = "text/csv", example = json!(EARNINGS_EXAMPLE)),
            (Printed = "application/pdf"),
        )),
        (status = 406, description = "`not_acceptable`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`not_printed`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`printer_busy`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[get("/me/earnings")]
async fn list_earnings(
    shared: Data<Shared>,
    Reader(viewer): Reader,
    Accepted(form): Accepted,
    request: HttpRequest,
    query: Query<LatestQuery>,
) -> Result<HttpResponse, Problem> {
    let LatestQuery { limit, cursor } = query.into_inner();
    let asked = page::asked(limit, cursor.as_deref(), page::key)?;
    let found = shared.api.statements.own_earnings(&viewer.user, &asked).await?;
    let view = page::answer(&request, found, |id: String| id);
    let shown = Shown { view: &view, name: "earnings", next: view.next() };
    shown
        .answer(&shared, form, |page| table::earnings(page.items()), |page| EarningView::list(page.items()))
        .await
}

/// List your receipts, invoices and credit notes
///
/// What was issued to you, the latest first.
#[utoipa::path(
    tag = "statements",
    params(LatestQuery),
    responses(
        (status = 200, description = "A page of documents", content(
            (PageView<DocumentView> = "application/json"),
            (String = "text/csv", example = json!(DOCUMENTS_EXAMPLE)),
            (Printed = "application/pdf"),
        )),
        (status = 406, description = "`not_acceptable`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`not_printed`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`printer_busy`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[get("/me/documents")]
async fn list_documents(
    shared: Data<Shared>,
    Reader(viewer): Reader,
    Accepted(form): Accepted,
    request: HttpRequest,
    query: Query<LatestQuery>,
) -> Result<HttpResponse, Problem> {
    let LatestQuery { limit, cursor } = query.into_inner();
    let asked = page::asked(limit, cursor.as_deref(), |(at, number): (i64, String)| {
        let (issued_at, number) = (Timestamp::from_micros(at)?, DocumentNumber::parse(&number).ok()?);
        Some(DocumentKey { issued_at, number })
    })?;
    let found = shared.api.statements.own_documents(&viewer.user, &asked).await?;
    let view = page::answer(&request, found, |key| (key.issued_at.micros(), key.number.to_string()));
    let shown = Shown { view: &view, name: "documents", next: view.next() };
    shown
        .answer(&shared, form, |page| table::documents(page.items()), |page| DocumentView::list(page.items()))
        .await
}

/// Read a receipt, an invoice or a credit note
#[utoipa::path(
    tag = "statements",
    params(("number" = String, Path, description = "Its number", example = "RCP-2026-000001")),
    responses(
        (status = 200, description = "The document", content(
            (DocumentView = "application/json"),
            (String = "text/csv", example = json!(DOCUMENTS_EXAMPLE)),
            (Printed = "application/pdf"),
        )),
        (status = 406, description = "`not_acceptable`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`not_printed`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`printer_busy`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[get("/me/documents/{number}")]
async fn get_document(
    shared: Data<Shared>,
    Reader(viewer): Reader,
    Accepted(form): Accepted,
    number: Path<String>,
) -> Result<HttpResponse, Problem> {
    let nothing = || Problem::new(application_kernel::NOT_FOUND, "no such document was issued to you");
    let number = DocumentNumber::parse(&number).map_err(|_| nothing())?;
    let found = shared.api.statements.own_document(&viewer.user, &number).await?;
    let view = found.ok_or_else(nothing)?;
    let name = number.to_string();
    let shown = Shown { view: &view, name: &name, next: None };
    shown
        .answer(&shared, form, |view| table::documents(std::slice::from_ref(view)), DocumentView::sheet)
        .await
}

/// Read what moved your money in a month
///
/// For mentors: what was paid out, what your bank sent back, what is owed because money went back to a student
/// afterwards. Months are those of India's calendar.
#[utoipa::path(
    tag = "statements",
    params(("month" = String, Path, description = "The month, YYYY-MM", example = "2026-12", pattern = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])$")),
    responses(
        (status = 200, description = "The statement; CSV has its lines", content(
            (StatementView = "application/json"),
            (String = "text/csv", example = json!(STATEMENT_EXAMPLE)),
            (Printed = "application/pdf"),
        )),
        (status = 406, description = "`not_acceptable`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`not_printed`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`printer_busy`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`statement_too_long`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[get("/me/statements/{month}")]
async fn get_statement(
    shared: Data<Shared>,
    Reader(viewer): Reader,
    Accepted(form): Accepted,
    month: Path<String>,
) -> Result<HttpResponse, Problem> {
    let nothing =
        || Problem::new(application_kernel::NOT_FOUND, "a month is written YYYY-MM, from 1970-01 to 9998-12");
    let month = Month::parse(&month).ok_or_else(nothing)?;
    let (mentor, lines) = shared.api.statements.movements(&viewer.user, month).await?;
    let view = StatementView::of(mentor, month, lines, viewer.now)?;
    let name = format!("statement-{month}");
    let shown = Shown { view: &view, name: &name, next: None };
    shown.answer(&shared, form, table::statement, StatementView::sheet).await
}

//! What the parties of a session do beside their meetings.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use application_mentoring::{MessageView, SendMessage};
use domain_kernel::MessageId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig as DocumentedConfig;

use crate::Problem;
use crate::booking::{no_session, session_id};
use crate::extract::{Once, Reader};
use crate::fields::Fields;
use crate::page::{self, PageView};
use crate::problem::ProblemView;
use crate::reply::reply;
use crate::state::Shared;

pub(crate) fn configure(config: &mut DocumentedConfig) {
    config.service(send_message).service(list_messages);
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SendMessageBody {
    /// What to write, 1 to 4000 characters; spaces around it are cut off.
    #[schema(example = "Could we begin with recursion?", min_length = 1, max_length = 4000)]
    text: String,
}

/// Write to the other party
///
/// For either party, while the session is PAID or SCHEDULED, and until 30 days after it is COMPLETED; `allowed_actions` of
/// the session has `send_message` while it can be tried. `Location` is the chat, in which the message now stands first.
#[utoipa::path(
    tag = "mentoring",
    params(("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")),
    request_body = SendMessageBody,
    responses(
        (status = 201, description = "Written", body = MessageView),
        (status = 409, description = "`chat_closed`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/messages")]
async fn send_message(
    shared: Data<Shared>,
    id: Path<String>,
    once: Once<SendMessageBody>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let Some(text) = fields.text("text", &once.body.text, 1, 4000) else { return Err(fields.problem()) };
    let command = SendMessage { ticket: once.ticket, session: session_id(&id)?, text };
    Ok(reply(shared.api.mentoring.send_message(command).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MessagesQuery {
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

/// Read a session's chat
///
/// For its parties, for ever. The latest message comes first, `next` leads to older ones. What is written meanwhile moves
/// nothing between pages: it comes before the first.
#[utoipa::path(
    tag = "mentoring",
    params(
        ("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f"),
        MessagesQuery,
    ),
    responses((status = 200, description = "A page of messages", body = PageView<MessageView>)),
    security(("access_token" = [])),
)]
#[get("/sessions/{id}/messages")]
async fn list_messages(
    shared: Data<Shared>,
    reader: Reader,
    request: HttpRequest,
    id: Path<String>,
    query: Query<MessagesQuery>,
) -> Result<HttpResponse, Problem> {
    let MessagesQuery { limit, cursor } = query.into_inner();
    let asked = page::asked(limit, cursor.as_deref(), |id: i32| Some(MessageId::new(id)))?;
    let found = shared.api.chats.messages(&session_id(&id)?, &reader.0.user, &asked).await?;
    let found = found.ok_or_else(no_session)?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |id: MessageId| id.get())))
}

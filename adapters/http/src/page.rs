use actix_web::HttpRequest;
use application_kernel::{Cursor, INVALID_CURSOR, Page, PageRequest, PageSize};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::Problem;
use crate::fields::Fields;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageView<V> {
    /// The items, in the list's order.
    items: Vec<V>,
    /// Where the next page is; nothing at the end.
    #[schema(example = "/api/v1/sessions?limit=20&cursor=5b2232303236")]
    next: Option<String>,
}

impl<V> PageView<V> {
    /// The items.
    pub(crate) fn items(&self) -> &[V] {
        &self.items
    }

    /// Where the next page is.
    pub(crate) fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// The page that `limit` and `cursor` ask for; `read` turns what the cursor holds into the list's key.
pub(crate) fn asked<W: DeserializeOwned, K>(
    limit: Option<i64>,
    cursor: Option<&str>,
    read: impl Fn(W) -> Option<K>,
) -> Result<PageRequest<K>, Problem> {
    let mut fields = Fields::default();
    let size = limit.map_or(Some(PageSize::DEFAULT), |limit| fields.take("limit", PageSize::parse(limit)));
    let Some(size) = size else { return Err(fields.problem()) };
    let after = cursor
        .map(|text| {
            let key = Cursor::read(text).and_then(&read);
            key.ok_or_else(|| Problem::new(INVALID_CURSOR, "the cursor is not one of this list's"))
        })
        .transpose()?;
    Ok(PageRequest { size, after })
}

/// A cursor's key as text, for lists by identifier; what cannot be one is none.
pub(crate) fn key(text: String) -> Option<String> {
    (!text.chars().any(char::is_control)).then_some(text)
}

/// The answer for a page; the next link repeats the request's own filters.
pub(crate) fn answer<V, K, W: Serialize>(
    request: &HttpRequest,
    page: Page<V, K>,
    write: impl Fn(K) -> W,
) -> PageView<V> {
    let Page { items, next } = page;
    let next = next.map(|key| {
        let filters =
            request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
        let cursor = format!("cursor={}", Cursor::write(&write(key)));
        let query: Vec<&str> = filters.chain([cursor.as_str()]).collect();
        format!("{}?{}", request.path(), query.join("&"))
    });
    PageView { items, next }
}

//! Requests that no handler takes: 404 and 405.

use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

use crate::Problem;
use crate::problem::{METHOD_NOT_ALLOWED, NO_SUCH_PATH};

/// The documented paths and their methods, which are all there are, and HEAD beside each GET.
pub(crate) struct Paths(Vec<(Vec<String>, Vec<&'static str>)>);

impl Paths {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(
            paths.map(|(path, item)| (path.split('/').map(str::to_owned).collect(), methods(item))).collect(),
        )
    }

    fn methods(&self, path: &str) -> Option<&[&'static str]> {
        let asked: Vec<&str> = path.split('/').collect();
        let fits = |template: &[String]| {
            template.len() == asked.len()
                && template
                    .iter()
                    .zip(&asked)
                    .all(|(part, text)| part == text || (part.starts_with('{') && !text.is_empty()))
        };
        self.0.iter().find(|(template, _)| fits(template)).map(|(_, methods)| methods.as_slice())
    }
}

/// Whether any route is served with this method.
pub(crate) fn is_served(method: &Method) -> bool {
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD].contains(method)
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    [
        (item.get.is_some(), "GET"),
        (item.get.is_some(), "HEAD"),
        (item.post.is_some(), "POST"),
        (item.put.is_some(), "PUT"),
        (item.patch.is_some(), "PATCH"),
        (item.delete.is_some(), "DELETE"),
    ]
    .into_iter()
    .filter_map(|(has, name)| has.then_some(name))
    .collect()
}

pub(crate) async fn refuse(request: HttpRequest, paths: Data<Paths>) -> Result<HttpResponse, Problem> {
    match paths.methods(request.path()) {
        Some(methods) => {
            let problem =
                Problem::new(METHOD_NOT_ALLOWED, format!("{} is not served here", request.method()));
            Err(problem.with_header("allow", methods.join(", ")))
        }
        None => Err(Problem::new(NO_SUCH_PATH, "nothing is served at this path")),
    }
}

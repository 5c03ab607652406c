//! A database's address as people write it: with libpq's words on encryption, and with those of other tools.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// What other tools say in an address, and we need not know.
const FOREIGN: [&str; 8] = [
    "connection_limit",
    "pool_timeout",
    "socket_timeout",
    "statement_cache_size",
    "sslaccept",
    "sslidentity",
    "sslpassword",
    "uselibpqcompat",
];

/// An address, read.
#[derive(Clone)]
pub struct Address {
    /// What the drivers understand.
    pub url: String,
    /// How the connection is encrypted and the server verified; None where it is not.
    pub tls: Option<Arc<ClientConfig>>,
    /// Whether it seems to lead to a pooler, behind which a session is another one after each transaction.
    pub is_pooled: bool,
}

impl Address {
    /// Reads an address. `sslmode` is `disable` (the default), `prefer`, or one of `require`, `verify-ca` and
    /// `verify-full`, which all mean: encrypted, with a certificate that `sslrootcert` (a file, or `system`, the
    /// default) vouches for and that names the host.
    pub fn read(url: &str) -> Result<Self> {
        let (place, parameters) = split(url);
        let mut kept = Vec::new();
        let (mut mode, mut roots, mut is_pooled) = (None, None, looks_pooled(place));
        for parameter in parameters {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name {
                "sslmode" => mode = Some(value),
                "sslrootcert" => roots = Some(decoded(value)),
                "pgbouncer" => is_pooled |= value == "true",
                "schema" if value != "public" => {
                    bail!("the database's address asks for the schema {value}: everything is in public")
                }
                "schema" => {}
                name if FOREIGN.contains(&name) => {}
                _ => kept.push(parameter.to_owned()),
            }
        }
        let mode = match mode.unwrap_or(if roots.is_some() { "verify-full" } else { "disable" }) {
            "disable" | "allow" => "disable",
            "prefer" => "prefer",
            "require" | "verify-ca" | "verify-full" => "require",
            other => bail!("sslmode={other} is none: disable, prefer, require, verify-ca or verify-full"),
        };
        let tls = (mode != "disable").then(|| verified(roots.as_deref())).transpose()?;
        if tls.is_some() {
            kept.push(format!("sslmode={mode}"));
        }
        let mark = if kept.is_empty() { "" } else { "?" };
        Ok(Self { url: format!("{place}{mark}{}", kept.join("&")), tls, is_pooled })
    }
}

/// What stands before the parameters, and the parameters. A password may hold a question mark.
fn split(url: &str) -> (&str, Vec<&str>) {
    let host = url.find('@').unwrap_or(0);
    let mark = url.get(host..).and_then(|rest| rest.find('?')).map(|at| host + at);
    match mark.and_then(|mark| Some((url.get(..mark)?, url.get(mark + 1..)?))) {
        Some((place, parameters)) => (place, parameters.split('&').filter(|text| !text.is_empty()).collect()),
        None => (url, Vec::new()),
    }
}

/// By the names and ports that poolers are given.
fn looks_pooled(place: &str) -> bool {
    let host = place.rsplit('@').next().unwrap_or(place);
    let host = host.split('/').find(|part| !part.is_empty() && !part.ends_with(':')).unwrap_or_default();
    ["-pooler.", ".pooler.", "pgbouncer", ":6432", ":6543"].iter().any(|mark| host.contains(mark))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut letters = text.bytes();
    while let Some(byte) = letters.next() {
        let mut rest = letters.clone();
        let digits =
            [rest.next(), rest.next()].map(|digit| digit.and_then(|byte| char::from(byte).to_digit(16)));
        match (byte, digits) {
            (b'%', [Some(high), Some(low)]) => {
                bytes.extend(u8::try_from(high * 16 + low));
                letters = rest;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Trusts those authorities and no others.
fn verified(roots: Option<&str>) -> Result<Arc<ClientConfig>> {
    let mut store = RootCertStore::empty();
    match roots {
        None | Some("system") => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if store.is_empty() {
                bail!(
                    "this machine has no certificate authorities: install them, or name a file with sslrootcert"
                );
            }
        }
        Some(file) => {
            let cannot = || format!("cannot read the certificates in {file}");
            for certificate in CertificateDer::pem_file_iter(Path::new(file)).with_context(cannot)? {
                store.add(certificate.with_context(cannot)?).with_context(cannot)?;
            }
            if store.is_empty() {
                bail!("there is no certificate in {file}");
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(store).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_tools_say_in_an_address_is_left_out() {
        let read = Address::read(
            "postgres://u:p?w@h/d?schema=public&pgbouncer=true&connection_limit=1&keepalives=1",
        );
        let Address { url, tls, is_pooled } = read.unwrap();
        assert_eq!(
            (url.as_str(), tls.is_some(), is_pooled),
            ("postgres://u:p?w@h/d?keepalives=1", false, true)
        );
        let refused = Address::read("postgres://h/d?schema=other").map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("schema other"), "{refused}");
    }

    #[test]
    fn an_address_of_a_pooler_is_known_by_its_name_or_port() {
        let pooled = |url| Address::read(url).unwrap().is_pooled;
        for url in [
            "postgres://u:p@ep-one-pooler.eu.example.com/d",
            "postgres://u:p@aws.pooler.example.com:5432/d",
            "postgres://u@h:6432/d",
            "postgres://h:6543/d",
        ] {
            assert!(pooled(url), "{url}");
        }
        assert!(!pooled("postgres://pooler:-pooler.@ep-one.eu.example.com:5432/pgbouncer"));
    }

    #[test]
    fn encryption_without_an_authority_is_refused() {
        let refusal = |url| format!("{:#}", Address::read(url).map(|_| ()).unwrap_err());
        assert!(
            refusal("postgres://h/d?sslmode=verify-full&sslrootcert=%2Fno%2Fsuch.pem")
                .contains("/no/such.pem")
        );
        assert!(refusal("postgres://h/d?sslmode=always").contains("sslmode=always"));
    }
}

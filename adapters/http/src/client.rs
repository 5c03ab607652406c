//! From which address a caller comes.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use thiserror::Error;

/// The proxies whose word is taken for whom they ask: each adds to `X-Forwarded-For` the address that asked it.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

/// What a list of proxies is not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is neither an address nor a network such as 10.0.0.0/8")]
pub struct NoProxy(String);

impl Proxies {
    /// Reads addresses and networks that commas separate; an empty text trusts nobody.
    pub fn parse(text: &str) -> Result<Self, NoProxy> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| {
            let read = part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
            read.map(canonical).map_err(|_| NoProxy(part.to_owned()))
        };
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address that the request came from, as far as it can be trusted: that of the connection, or while it is a trusted
    /// proxy's, the one that the proxy names, if it can be read. What stands before that in the header may have been made up
    /// by the caller.
    pub(crate) fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        let mut client = request.peer_addr()?.ip().to_canonical();
        let lines = request.headers().get_all("x-forwarded-for");
        let named: Vec<&[u8]> = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).collect();
        for name in named.into_iter().rev().map(<[u8]>::trim_ascii).filter(|name| !name.is_empty()) {
            if !self.trusts(client) {
                break;
            }
            let Some(address) = address(name) else { break };
            client = address;
        }
        Some(client)
    }
}

/// IPv4 addresses within IPv6 are IPv4 addresses.
fn canonical(network: IpNet) -> IpNet {
    let mapped = |network: Ipv6Net| {
        let length = network.prefix_len().checked_sub(96)?;
        Ipv4Net::new(network.addr().to_ipv4_mapped()?, length).ok()
    };
    match network {
        IpNet::V6(within) => mapped(within).map_or(network, IpNet::V4),
        IpNet::V4(_) => network,
    }
}

/// An address with or without a port, and that of IPv6 with or without its brackets.
fn address(name: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(name).ok()?;
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip()).ok();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::Proxies;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut request = TestRequest::get().peer_addr(peer.parse().unwrap());
        for line in forwarded {
            let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            request = request.append_header(("x-forwarded-for", line));
        }
        let proxies = Proxies::parse(proxies).unwrap();
        proxies.client(&request.to_http_request()).unwrap().to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(client("", "10.0.0.1:80", &["192.0.2.7"]), "10.0.0.1");
        assert_eq!(client("10.0.0.2", "10.0.0.1:80", &["192.0.2.7"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", "10.0.0.1:80", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1:80", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_caller_made_up_is_not_believed() {
        assert_eq!(client("10.0.0.1", "10.0.0.1:80", &["203.0.113.9, 192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", "10.0.0.1:80", &["203.0.113.9", "192.0.2.7"]), "192.0.2.7");
        for unreadable in ["nonsense", "é"] {
            let lines = ["203.0.113.9".to_owned(), format!("203.0.113.8, {unreadable}")];
            assert_eq!(client("10.0.0.1", "10.0.0.1:80", &lines.each_ref().map(String::as_str)), "10.0.0.1");
            let before = format!("{unreadable}, 192.0.2.7");
            assert_eq!(client("10.0.0.1", "10.0.0.1:80", &["203.0.113.9", &before]), "192.0.2.7");
        }
    }

    #[test]
    fn a_chain_of_proxies_leads_to_the_first_that_is_none() {
        let chain = &["203.0.113.9, 192.0.2.7, 10.0.0.3", "10.0.0.2"];
        assert_eq!(client("10.0.0.0/8", "10.0.0.1:80", chain), "192.0.2.7");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1:80", &["10.0.0.9"]), "10.0.0.9");
    }

    #[test]
    fn addresses_are_read_in_every_form_that_proxies_write() {
        assert_eq!(client("127.0.0.1", "[::ffff:127.0.0.1]:80", &["192.0.2.7:5000"]), "192.0.2.7");
        assert_eq!(client("::1", "[::1]:80", &["[2001:db8::7]:5000"]), "2001:db8::7");
        assert_eq!(client("::1", "[::1]:80", &["[2001:db8::7] ,, "]), "2001:db8::7");
        assert_eq!(client("::ffff:127.0.0.1", "127.0.0.1:80", &["::ffff:192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("::ffff:127.0.0.0/104", "127.0.0.1:80", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("fd00::/8, 127.0.0.1", "[fd00::5]:80", &["2001:db8::7"]), "2001:db8::7");
    }

    #[test]
    fn a_list_of_proxies_says_what_it_cannot_read() {
        let error = Proxies::parse("10.0.0.1, proxy.example").unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"proxy.example\" is neither an address nor a network such as 10.0.0.0/8"
        );
        assert!(Proxies::parse("10.0.0.0/33").is_err());
    }
}

use application_identity::ports::{ACCESS_LIFETIME, AccessTokens, TokenNotMade};
use application_kernel::CurrentUser;
use domain_kernel::{Labelled, Role, Timestamp, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Access tokens as JWT, signed with HS256.
pub struct JwtTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    /// Tells tokens of users from those of operators.
    kind: String,
    role: String,
    token_version: i32,
    iat: i64,
    exp: i64,
}

impl JwtTokens {
    /// Signs with `secret`, which every server of one installation shares.
    pub fn new(secret: &SecretString) -> Self {
        let bytes = secret.expose_secret().as_bytes();
        let mut validation = Validation::new(Algorithm::HS256);
        // The library would ask the machine's clock; ours is a port.
        validation.validate_exp = false;
        Self {
            encoding: EncodingKey::from_secret(bytes),
            decoding: DecodingKey::from_secret(bytes),
            validation,
        }
    }
}

impl AccessTokens for JwtTokens {
    fn issue(&self, user: &CurrentUser, now: Timestamp) -> Result<(String, Timestamp), TokenNotMade> {
        let CurrentUser { id, role, token_version } = user;
        let expires_at = now.plus(ACCESS_LIFETIME);
        let claims = Claims {
            sub: id.to_string(),
            kind: "user".to_owned(),
            role: role.label().to_owned(),
            token_version: *token_version,
            iat: now.utc().timestamp(),
            exp: expires_at.utc().timestamp(),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|error| TokenNotMade { reason: error.to_string() })?;
        Ok((token, expires_at))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Option<CurrentUser> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        let Claims { sub, kind, role, token_version, iat: _, exp } = claims;
        if kind != "user" || now.utc().timestamp() >= exp {
            return None;
        }
        Some(CurrentUser { id: UserId::parse(sub).ok()?, role: Role::from_label(&role).ok()?, token_version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_fifteen_minutes_with_its_own_key_only() {
        let tokens = JwtTokens::new(&SecretString::from("a secret of the installation"));
        let user = CurrentUser { id: UserId::parse("u").unwrap(), role: Role::Mentor, token_version: 3 };
        let now = Timestamp::EPOCH;
        let (token, expires_at) = tokens.issue(&user, now).unwrap();
        assert_eq!(tokens.verify(&token, now), Some(user));
        assert_eq!(expires_at, now.plus(ACCESS_LIFETIME));
        assert_eq!(tokens.verify(&token, expires_at), None);
        assert_eq!(JwtTokens::new(&SecretString::from("another")).verify(&token, now), None);
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap());
        assert_eq!(tokens.verify(&unsigned, now), None);
    }
}

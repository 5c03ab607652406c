use application_identity::ports::AccessTokens;
use application_kernel::{
    ACCESS_LIFETIME, CurrentOperator, CurrentUser, Permission, TokenNotMade, permission_labels,
};
use application_operations::ports::OperatorAccess;
use domain_kernel::{Labelled, OperatorId, Role, Timestamp, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
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

#[derive(Serialize, Deserialize)]
struct OperatorClaims {
    sub: String,
    kind: String,
    permissions: Vec<String>,
    /// The operator's own account as a student or mentor.
    user: Option<String>,
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

    fn write(&self, claims: &impl Serialize) -> Result<String, TokenNotMade> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.encoding)
            .map_err(|error| TokenNotMade { reason: error.to_string() })
    }

    fn read<C: DeserializeOwned>(&self, token: &str) -> Option<C> {
        Some(jsonwebtoken::decode::<C>(token, &self.decoding, &self.validation).ok()?.claims)
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
        Ok((self.write(&claims)?, expires_at))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Option<CurrentUser> {
        let Claims { sub, kind, role, token_version, iat: _, exp } = self.read(token)?;
        if kind != "user" || now.utc().timestamp() >= exp {
            return None;
        }
        Some(CurrentUser { id: UserId::parse(sub).ok()?, role: Role::from_label(&role).ok()?, token_version })
    }
}

impl OperatorAccess for JwtTokens {
    fn issue(&self, operator: &CurrentOperator, now: Timestamp) -> Result<(String, Timestamp), TokenNotMade> {
        let CurrentOperator { id, permissions, user, token_version } = operator;
        let expires_at = now.plus(ACCESS_LIFETIME);
        let claims = OperatorClaims {
            sub: id.to_string(),
            kind: "operator".to_owned(),
            permissions: permission_labels(permissions),
            user: user.as_ref().map(UserId::to_string),
            token_version: *token_version,
            iat: now.utc().timestamp(),
            exp: expires_at.utc().timestamp(),
        };
        Ok((self.write(&claims)?, expires_at))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Option<CurrentOperator> {
        let OperatorClaims { sub, kind, permissions, user, token_version, iat: _, exp } = self.read(token)?;
        if kind != "operator" || now.utc().timestamp() >= exp {
            return None;
        }
        let permissions = permissions.iter().map(|label| Permission::from_label(label).ok());
        Some(CurrentOperator {
            id: OperatorId::parse(sub).ok()?,
            permissions: permissions.collect::<Option<_>>()?,
            user: user.map(UserId::parse).transpose().ok()?,
            token_version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operators_token_is_nobody_elses() {
        let tokens = JwtTokens::new(&SecretString::from("a secret of the installation"));
        let operator = CurrentOperator {
            id: OperatorId::parse("o").unwrap(),
            permissions: [Permission::Users, Permission::Payouts].into(),
            user: Some(UserId::parse("u").unwrap()),
            token_version: 2,
        };
        let now = Timestamp::EPOCH;
        let (token, expires_at) = OperatorAccess::issue(&tokens, &operator, now).unwrap();
        assert_eq!(OperatorAccess::verify(&tokens, &token, now), Some(operator));
        assert_eq!(OperatorAccess::verify(&tokens, &token, expires_at), None);
        assert_eq!(AccessTokens::verify(&tokens, &token, now), None);
        let user = CurrentUser { id: UserId::parse("u").unwrap(), role: Role::Mentor, token_version: 3 };
        let (token, _) = AccessTokens::issue(&tokens, &user, now).unwrap();
        assert_eq!(OperatorAccess::verify(&tokens, &token, now), None);
    }

    #[test]
    fn a_token_is_good_for_fifteen_minutes_with_its_own_key_only() {
        let tokens = JwtTokens::new(&SecretString::from("a secret of the installation"));
        let user = CurrentUser { id: UserId::parse("u").unwrap(), role: Role::Mentor, token_version: 3 };
        let now = Timestamp::EPOCH;
        let (token, expires_at) = AccessTokens::issue(&tokens, &user, now).unwrap();
        assert_eq!(AccessTokens::verify(&tokens, &token, now), Some(user));
        assert_eq!(expires_at, now.plus(ACCESS_LIFETIME));
        assert_eq!(AccessTokens::verify(&tokens, &token, expires_at), None);
        assert_eq!(AccessTokens::verify(&JwtTokens::new(&SecretString::from("another")), &token, now), None);
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap());
        assert_eq!(AccessTokens::verify(&tokens, &unsigned, now), None);
    }
}

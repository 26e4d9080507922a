//! Logging in: by a code, with a new account, with a password, as a bot; and logging out.
//!
//! ```no_run
//! # use secret_runtime::client::{Connection, LogIn, LoginError};
//! # async fn log_in(connection: Connection, ask: impl Fn(&str) -> String) -> Result<(), LoginError> {
//! let code = connection.request_code("+99966…", "the api_hash").await?;
//! let mut log_in = connection.sign_in(&code, &ask("code")).await?;
//! if let LogIn::Password(needed) = &log_in {
//!     log_in = connection.check_password(needed, &ask(needed.hint().unwrap_or("password"))).await?;
//! }
//! if let LogIn::SignUp(_) = log_in {
//!     log_in = connection.sign_up(&code, &ask("first name"), "").await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Who is logged in is kept in the [`SessionFile`](super::SessionFile) before a call here returns. Sources:
//! <https://core.telegram.org/api/auth>, <https://core.telegram.org/api/srp>.

mod error;
pub mod srp;

use std::fmt;

use tl_types::api::constructors::CodeSettings;
use tl_types::api::functions::account::GetPassword;
use tl_types::api::functions::auth::{
    CancelCode, CheckPassword, ImportBotAuthorization, LogOut, ResendCode, SendCode, SignIn, SignUp,
};
use tl_types::api::types;
use zeroize::Zeroizing;

use super::{CallError, Connection, SignedIn, Transport};
pub use error::LoginError;

/// How often a password is tried again when the server's numbers were too old.
const ATTEMPTS: usize = 3;

/// A code is on its way to the user.
#[derive(Clone)]
pub struct SentCode {
    phone_number: String,
    phone_code_hash: String,
    sent: types::auth::SentCodeType,
    next: Option<types::auth::CodeType>,
    timeout: Option<i32>,
}

impl SentCode {
    /// Which way it goes, and how long it is.
    #[must_use]
    pub fn way(&self) -> &types::auth::SentCodeType {
        &self.sent
    }

    /// Which way it goes when it is asked for [again](Connection::resend_code), if that is possible.
    #[must_use]
    pub fn next_way(&self) -> Option<&types::auth::CodeType> {
        self.next.as_ref()
    }

    /// After how many seconds it may be asked for again.
    #[must_use]
    pub fn seconds_to_resend(&self) -> Option<i32> {
        self.timeout
    }
}

impl fmt::Debug for SentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { phone_number: _, phone_code_hash: _, sent: _, next: _, timeout } = self;
        f.debug_struct("SentCode").field("timeout", timeout).finish_non_exhaustive()
    }
}

/// How far logging in has come.
#[derive(Clone, Debug)]
pub enum LogIn {
    /// It is done.
    Done(SignedIn),
    /// The account has a password: [`Connection::check_password`].
    Password(PasswordNeeded),
    /// The number has no account yet: [`Connection::sign_up`], if the user accepts the terms.
    SignUp(Option<Box<types::help::TermsOfService>>),
}

/// What there is to know about the password of an account.
#[derive(Clone)]
pub struct PasswordNeeded {
    password: Box<types::account::Password>,
}

impl PasswordNeeded {
    /// What the user chose as a reminder.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.password.hint.as_deref().filter(|hint| !hint.is_empty())
    }
}

impl fmt::Debug for PasswordNeeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { password: _ } = self;
        f.debug_struct("PasswordNeeded").finish_non_exhaustive()
    }
}

impl Connection {
    /// Has a code sent to the user of a phone number, in international form. `api_hash` is the application's, from
    /// <https://my.telegram.org>.
    ///
    /// # Errors
    /// [`LoginError`]: among others if the number is wrong or banned, or if codes were asked for too often.
    #[tracing::instrument(level = "info", skip_all)]
    pub async fn request_code(&self, phone_number: &str, api_hash: &str) -> Result<SentCode, LoginError> {
        let api_id = self.core().settings.api_id;
        let function = SendCode::new(phone_number, api_id, api_hash, CodeSettings::new());
        let sent = match self.call(&function).await {
            // The server has begun anew, and asks the client to.
            Err(CallError::Rpc(error)) if error.message.starts_with("AUTH_RESTART") => self.call(&function).await?,
            sent => sent?,
        };
        self.sent(phone_number, sent)
    }

    /// Has the code sent again, the next way.
    ///
    /// # Errors
    /// [`LoginError`]: among others if there is no other way, or if the code has expired.
    #[tracing::instrument(level = "info", skip_all)]
    pub async fn resend_code(&self, code: &SentCode) -> Result<SentCode, LoginError> {
        let function = ResendCode::new(code.phone_number.as_str(), code.phone_code_hash.as_str());
        let sent = self.call(&function).await?;
        self.sent(&code.phone_number, sent)
    }

    /// Gives the log-in up: the code is of no use any more.
    ///
    /// # Errors
    /// [`LoginError`], if the code has expired, or is not known.
    #[tracing::instrument(level = "info", skip_all)]
    pub async fn cancel_code(&self, code: &SentCode) -> Result<(), LoginError> {
        self.call(&CancelCode::new(code.phone_number.as_str(), code.phone_code_hash.as_str())).await?;
        Ok(())
    }

    /// Logs in with the code that the user has received.
    ///
    /// # Errors
    /// [`LoginError::Code`] if it is wrong: ask again. [`LoginError::CodeExpired`]: request another one.
    #[tracing::instrument(level = "info", skip_all)]
    pub async fn sign_in(&self, code: &SentCode, phone_code: &str) -> Result<LogIn, LoginError> {
        let function =
            SignIn::new(code.phone_number.as_str(), code.phone_code_hash.as_str()).with_phone_code(phone_code);
        match self.call(&function).await {
            Err(CallError::Rpc(error)) if error.message == "SESSION_PASSWORD_NEEDED" => {
                Ok(LogIn::Password(self.password_needed().await?))
            }
            Err(CallError::Rpc(error)) if error.message == "PHONE_NUMBER_UNOCCUPIED" => Ok(LogIn::SignUp(None)),
            authorization => self.authorized(authorization?),
        }
    }

    /// Makes an account for the number that the code was sent to, after [`LogIn::SignUp`].
    ///
    /// # Errors
    /// [`LoginError`], if the server does not take the name, or the code any more.
    #[tracing::instrument(level = "info", skip_all)]
    pub async fn sign_up(&self, code: &SentCode, first_name: &str, last_name: &str) -> Result<LogIn, LoginError> {
        let (phone, hash) = (code.phone_number.as_str(), code.phone_code_hash.as_str());
        let authorization = self.call(&SignUp::new(phone, hash, first_name, last_name)).await?;
        self.authorized(authorization)
    }

    /// Logs in with the account's password, after [`LogIn::Password`]. Only a proof of it is sent
    /// ([`srp`](super::srp)); making that takes a tenth of a second of the processor.
    ///
    /// # Errors
    /// [`LoginError::Password`] if it is wrong: ask again.
    #[tracing::instrument(level = "info", skip_all)]
    pub async fn check_password(&self, needed: &PasswordNeeded, password: &str) -> Result<LogIn, LoginError> {
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let mut needed = needed.clone();
        for _ in 1..ATTEMPTS {
            match self.try_password(&needed, &password).await {
                // The server has forgotten its part of the exchange.
                Err(LoginError::Call(CallError::Rpc(error)))
                    if matches!(error.message.as_str(), "SRP_ID_INVALID" | "SRP_PASSWORD_CHANGED") =>
                {
                    needed = self.password_needed().await?;
                }
                result => return result,
            }
        }
        self.try_password(&needed, &password).await
    }

    async fn try_password(&self, needed: &PasswordNeeded, password: &[u8]) -> Result<LogIn, LoginError> {
        let proof = {
            let types::account::Password { current_algo, srp_b, srp_id, .. } = &*needed.password;
            let algorithm = current_algo.as_deref().ok_or(srp::SrpError::UnknownAlgorithm)?;
            let their_public = srp_b.as_deref().ok_or(srp::SrpError::ServerValue)?;
            let srp_id = srp_id.ok_or(srp::SrpError::ServerValue)?;
            srp::prove(password, algorithm, srp_id, their_public, &mut self.core().rng.clone())?
        };
        let authorization = self.call(&CheckPassword::new(proof)).await?;
        self.authorized(authorization)
    }

    /// Logs in as a bot, with the token from BotFather.
    ///
    /// # Errors
    /// [`LoginError`], if the token is wrong or has expired, for example.
    #[tracing::instrument(level = "info", skip_all)]
    pub async fn sign_in_bot(&self, token: &str, api_hash: &str) -> Result<SignedIn, LoginError> {
        let function = ImportBotAuthorization::new(0, self.core().settings.api_id, api_hash, token);
        let authorization = self.call(&function).await?;
        match self.authorized(authorization)? {
            LogIn::Done(user) => Ok(user),
            LogIn::Password(_) | LogIn::SignUp(_) => Err(LoginError::Unexpected("a bot that has no account")),
        }
    }

    /// Logs out, here and at the server. The keys of other data centres are forgotten; secret chats can be read on, but
    /// not gone on with.
    ///
    /// # Errors
    /// [`LoginError`]; the user is still logged in then, unless the session file was what failed.
    #[tracing::instrument(level = "info", skip_all)]
    pub async fn log_out(&self) -> Result<(), LoginError> {
        match self.call(&LogOut::new()).await {
            // The server has done so already.
            Err(CallError::Rpc(error)) if error.code == 401 => {}
            result => drop(result?),
        }
        let home = self.home();
        self.core().file.change(|file| {
            file.user = None;
            file.data_centers.retain(|dc, _| *dc == home);
            file.data_centers.values_mut().for_each(|kept| kept.authorized = false);
        })?;
        self.forget_others();
        tracing::info!("the user has logged out");
        Ok(())
    }

    fn sent(&self, phone_number: &str, sent: types::auth::SentCode) -> Result<SentCode, LoginError> {
        match sent {
            types::auth::SentCode::SentCode(sent) => Ok(SentCode {
                phone_number: phone_number.to_owned(),
                phone_code_hash: sent.phone_code_hash,
                sent: sent.r#type,
                next: sent.next_type,
                timeout: sent.timeout,
            }),
            types::auth::SentCode::Success(success) => match self.authorized(success.authorization)? {
                LogIn::Done(user) => Err(LoginError::AlreadyDone(user)),
                LogIn::Password(_) | LogIn::SignUp(_) => Err(LoginError::Unexpected("a log-in without a code")),
            },
            _ => Err(LoginError::PaymentRequired),
        }
    }

    async fn password_needed(&self) -> Result<PasswordNeeded, LoginError> {
        Ok(PasswordNeeded { password: Box::new(self.call(&GetPassword::new()).await?) })
    }

    /// Keeps who is logged in.
    fn authorized(&self, authorization: types::auth::Authorization) -> Result<LogIn, LoginError> {
        let authorization = match authorization {
            types::auth::Authorization::Authorization(authorization) => authorization,
            types::auth::Authorization::SignUpRequired(needed) => return Ok(LogIn::SignUp(needed.terms_of_service)),
            _ => return Err(LoginError::Unexpected("an authorization of an unknown kind")),
        };
        let types::User::User(user) = authorization.user else {
            return Err(LoginError::Unexpected("an authorization of nobody"));
        };
        let (home, signed_in) = (self.home(), SignedIn { user_id: user.id, bot: user.bot });
        self.core().file.change(|file| {
            // Who logs in as another one has other authorizations elsewhere.
            file.data_centers.values_mut().for_each(|kept| kept.authorized = false);
            file.user = Some(signed_in);
            file.home = Some(home);
            if let Some(kept) = file.data_centers.get_mut(&home) {
                kept.authorized = true;
            }
        })?;
        tracing::info!(bot = signed_in.bot, "the user is logged in");
        Ok(LogIn::Done(signed_in))
    }
}

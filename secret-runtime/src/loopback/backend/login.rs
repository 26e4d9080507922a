//! Logging in and out: <https://core.telegram.org/api/auth>.

use std::collections::HashMap;

use tl_types::RpcError;
use tl_types::api::functions::auth::{
    CancelCode, CheckPassword, ExportAuthorization, ImportAuthorization, ImportBotAuthorization, ResendCode, SendCode,
    SignIn, SignUp,
};
use tl_types::api::{constructors, types};

use super::error::{self, bad};
use super::{Backend, Context};

/// How often a code may be wrong before it is void.
const TRIES: u32 = 5;

/// How many numbers may wait for their code, and how many authorizations for another data centre.
const PENDING: usize = 100_000;

/// What was sent to numbers, and exported for other data centres.
#[derive(Debug, Default)]
pub(super) struct SentCodes {
    by_phone: HashMap<String, SentCode>,
    exported: HashMap<[u8; 16], i64>,
}

#[derive(Debug)]
struct SentCode {
    hash: String,
    failures: u32,
    /// The code was right, and the number has no user yet.
    is_right: bool,
}

impl Backend {
    pub(super) fn send_code(
        &mut self,
        context: &mut Context<'_>,
        call: &SendCode,
    ) -> Result<types::auth::SentCode, RpcError> {
        check_api(call.api_id, &call.api_hash)?;
        let phone = digits(&call.phone_number)?;
        let home = self.settings.home();
        if context.caller.dc.abs() != home {
            return Err(RpcError::new(303, format!("PHONE_MIGRATE_{home}")));
        }
        self.new_code(context, phone)
    }

    pub(super) fn resend_code(
        &mut self,
        context: &mut Context<'_>,
        call: &ResendCode,
    ) -> Result<types::auth::SentCode, RpcError> {
        let phone = digits(&call.phone_number)?;
        self.codes.of(&phone, &call.phone_code_hash)?;
        self.new_code(context, phone)
    }

    fn new_code(&mut self, context: &mut Context<'_>, phone: String) -> Result<types::auth::SentCode, RpcError> {
        if self.codes.by_phone.len() >= PENDING && !self.codes.by_phone.contains_key(&phone) {
            return Err(error::flood());
        }
        let hash = format!("{:016x}", context.rng.next_u64());
        let code = SentCode { hash: hash.clone(), failures: 0, is_right: false };
        self.codes.by_phone.insert(phone, code);
        let length = i32::try_from(self.settings.code.chars().count()).map_err(|_| error::internal())?;
        let kind = types::auth::SentCodeType::from(constructors::auth::SentCodeTypeApp::new(length));
        Ok(types::auth::SentCode::from(constructors::auth::SentCode::new(kind, hash)))
    }

    pub(super) fn cancel_code(&mut self, call: &CancelCode) -> Result<bool, RpcError> {
        let phone = digits(&call.phone_number)?;
        self.codes.of(&phone, &call.phone_code_hash)?;
        Ok(self.codes.by_phone.remove(&phone).is_some())
    }

    pub(super) fn sign_in(
        &mut self,
        context: &mut Context<'_>,
        call: &SignIn,
    ) -> Result<types::auth::Authorization, RpcError> {
        let phone = digits(&call.phone_number)?;
        let given = call.phone_code.as_deref().filter(|code| !code.is_empty());
        let given = given.ok_or_else(|| bad("PHONE_CODE_EMPTY"))?;
        let code = self.codes.of(&phone, &call.phone_code_hash)?;
        if given != self.settings.code {
            code.failures += 1;
            if code.failures >= TRIES {
                self.codes.by_phone.remove(&phone);
            }
            return Err(bad("PHONE_CODE_INVALID"));
        }
        code.is_right = true;
        let known = self.directory.by_phone(&phone).map(|user| (user.id, user.password.is_some()));
        match known {
            Some((user, true)) => {
                self.codes.by_phone.remove(&phone);
                self.leave(context);
                if let Some(device) = self.devices.get_mut(&context.caller.device) {
                    device.half_way = Some(user);
                }
                Err(RpcError::new(401, "SESSION_PASSWORD_NEEDED"))
            }
            Some((user, false)) => {
                self.codes.by_phone.remove(&phone);
                self.enter(context, user)
            }
            None if self.settings.sign_up => Ok(constructors::auth::AuthorizationSignUpRequired::new().into()),
            None => {
                let name = format!("User {phone}");
                self.codes.by_phone.remove(&phone);
                self.register(context, &phone, &name, "")
            }
        }
    }

    pub(super) fn sign_up(
        &mut self,
        context: &mut Context<'_>,
        call: &SignUp,
    ) -> Result<types::auth::Authorization, RpcError> {
        let phone = digits(&call.phone_number)?;
        if !self.codes.of(&phone, &call.phone_code_hash)?.is_right {
            return Err(bad("PHONE_CODE_INVALID"));
        }
        if call.first_name.trim().is_empty() || call.first_name.chars().count() > 64 {
            return Err(bad("FIRSTNAME_INVALID"));
        }
        if call.last_name.chars().count() > 64 {
            return Err(bad("LASTNAME_INVALID"));
        }
        if self.directory.by_phone(&phone).is_some() {
            return Err(bad("PHONE_NUMBER_OCCUPIED"));
        }
        self.codes.by_phone.remove(&phone);
        self.register(context, &phone, &call.first_name, &call.last_name)
    }

    fn register(
        &mut self,
        context: &mut Context<'_>,
        phone: &str,
        first_name: &str,
        last_name: &str,
    ) -> Result<types::auth::Authorization, RpcError> {
        if self.directory.len() >= self.settings.users {
            return Err(error::flood());
        }
        let access_hash = context.rng.next_u64().cast_signed();
        let user = self.directory.create(phone, first_name, last_name, access_hash);
        self.enter(context, user)
    }

    pub(super) fn import_bot(
        &mut self,
        context: &mut Context<'_>,
        call: &ImportBotAuthorization,
    ) -> Result<types::auth::Authorization, RpcError> {
        check_api(call.api_id, &call.api_hash)?;
        let token = &call.bot_auth_token;
        let id = token.split_once(':').filter(|(_, secret)| secret.len() >= 8);
        let id: Option<i64> = id.and_then(|(id, _)| id.parse().ok()).filter(|id| *id > 0);
        let id = id.ok_or_else(|| bad("ACCESS_TOKEN_INVALID"))?;
        match self.directory.user(id) {
            Some(bot) if bot.token.as_ref() == Some(token) => {}
            Some(_) => return Err(bad("ACCESS_TOKEN_EXPIRED")),
            None if self.directory.len() >= self.settings.users => return Err(error::flood()),
            None => {
                let access_hash = context.rng.next_u64().cast_signed();
                self.directory.create_bot(id, token, access_hash);
            }
        }
        self.enter(context, id)
    }

    pub(super) fn check_password(
        &mut self,
        context: &mut Context<'_>,
        call: &CheckPassword,
    ) -> Result<types::auth::Authorization, RpcError> {
        let device = self.devices.get(&context.caller.device);
        let user = device.and_then(|device| device.half_way.or(device.user)).ok_or_else(error::unregistered)?;
        self.prove(context, user, &call.password)?;
        self.enter(context, user)
    }

    pub(super) fn log_out(&mut self, context: &mut Context<'_>) -> Result<types::auth::LoggedOut, RpcError> {
        self.user_of(context.caller.device)?;
        self.leave(context);
        Ok(constructors::auth::LoggedOut::new())
    }

    pub(super) fn export_authorization(
        &mut self,
        context: &mut Context<'_>,
        call: &ExportAuthorization,
    ) -> Result<types::auth::ExportedAuthorization, RpcError> {
        let user = self.user_of(context.caller.device)?;
        let known = self.settings.data_centers.iter().any(|(dc, _)| *dc == call.dc_id);
        if !known || call.dc_id == context.caller.dc {
            return Err(bad("DC_ID_INVALID"));
        }
        if self.codes.exported.len() >= PENDING {
            return Err(error::flood());
        }
        let mut bytes = [0; 16];
        context.rng.fill_bytes(&mut bytes);
        self.codes.exported.insert(bytes, user);
        Ok(constructors::auth::ExportedAuthorization::new(user, bytes.to_vec()))
    }

    pub(super) fn import_authorization(
        &mut self,
        context: &mut Context<'_>,
        call: &ImportAuthorization,
    ) -> Result<types::auth::Authorization, RpcError> {
        let bytes = <[u8; 16]>::try_from(call.bytes.as_slice()).map_err(|_| bad("AUTH_BYTES_INVALID"))?;
        let user = self.codes.exported.remove(&bytes).filter(|user| *user == call.id);
        let user = user.ok_or_else(|| bad("AUTH_BYTES_INVALID"))?;
        self.enter(context, user)
    }

    fn enter(&mut self, context: &mut Context<'_>, user: i64) -> Result<types::auth::Authorization, RpcError> {
        if self.devices.get(&context.caller.device).and_then(|device| device.user) != Some(user) {
            self.leave(context);
        }
        if let Some(device) = self.devices.get_mut(&context.caller.device) {
            device.enter(user);
        }
        let user = self.directory.user(user).ok_or_else(error::internal)?.seen_by(user);
        Ok(constructors::auth::Authorization::new(user).into())
    }

    /// Logs out whoever is logged in.
    pub(super) fn leave(&mut self, context: &mut Context<'_>) {
        self.discard_all(context);
        if let Some(device) = self.devices.get_mut(&context.caller.device) {
            device.leave();
        }
    }
}

impl SentCodes {
    /// The code of that number.
    ///
    /// # Errors
    /// `PHONE_CODE_EXPIRED` if none was sent, or one with another hash.
    fn of(&mut self, phone: &str, hash: &str) -> Result<&mut SentCode, RpcError> {
        let code = self.by_phone.get_mut(phone).filter(|code| code.hash == hash);
        code.ok_or_else(|| bad("PHONE_CODE_EXPIRED"))
    }
}

fn check_api(id: i32, hash: &str) -> Result<(), RpcError> {
    if id > 0 && !hash.is_empty() { Ok(()) } else { Err(bad("API_ID_INVALID")) }
}

/// A phone number without what people write between the digits.
pub(super) fn digits(phone: &str) -> Result<String, RpcError> {
    let digits: String = phone.chars().filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')')).collect();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()) && (5..=15).contains(&digits.len());
    if is_number { Ok(digits) } else { Err(bad("PHONE_NUMBER_INVALID")) }
}

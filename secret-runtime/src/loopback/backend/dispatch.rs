//! Which method carries out which function.

use tl_types::api::functions::{account, auth, contacts, help, messages, updates, users};
use tl_types::api::{constructors, types};
use tl_types::{Callers, Combinator, Decode, Encode, Function, RpcError};

use super::error::{bad, undecodable};
use super::{Backend, Call, Context, layer};

/// Calls the method that carries out `call`: one row for each function.
macro_rules! carry_out {
    ($backend:ident, $context:ident, $call:ident; $($function:ty => $run:expr,)+) => {
        match $call.id {
            $(<$function>::ID => $backend.run::<$function, _>($context, $call, $run),)+
            _ => Err(bad("INPUT_METHOD_INVALID")),
        }
    };
}

impl Backend {
    /// Decodes the function, carries it out, and encodes the answer.
    pub(super) fn dispatch(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<u8>, RpcError> {
        carry_out! { self, context, call;
            auth::SendCode => |backend, context, call| backend.send_code(context, &call),
            auth::ResendCode => |backend, context, call| backend.resend_code(context, &call),
            auth::CancelCode => |backend, _, call| backend.cancel_code(&call),
            auth::SignIn => |backend, context, call| backend.sign_in(context, &call),
            auth::SignUp => |backend, context, call| backend.sign_up(context, &call),
            auth::ImportBotAuthorization => |backend, context, call| backend.import_bot(context, &call),
            auth::CheckPassword => |backend, context, call| backend.check_password(context, &call),
            auth::LogOut => |backend, context, _| backend.log_out(context),
            auth::ExportAuthorization => |backend, context, call| backend.export_authorization(context, &call),
            auth::ImportAuthorization => |backend, context, call| backend.import_authorization(context, &call),
            account::GetPassword => |backend, context, _| backend.password(context),
            account::UpdatePasswordSettings => |backend, context, call| backend.update_password(context, call),
            account::UpdateUsername => |backend, context, call| backend.update_username(context, &call),
            account::CheckUsername => |backend, context, call| backend.check_username(context, &call),
            account::UpdateStatus => |backend, context, _| backend.user_of(context.caller.device).map(|_| true),
            users::GetUsers => |backend, context, call| backend.users(context, &call),
            users::GetFullUser => |backend, context, call| backend.full_user(context, &call),
            contacts::ResolveUsername => |backend, context, call| backend.resolve_username(context, &call),
            contacts::ResolvePhone => |backend, context, call| backend.resolve_phone(context, &call),
            contacts::ImportContacts => |backend, context, call| backend.import_contacts(context, &call),
            contacts::GetContacts => |backend, context, _| backend.user_of(context.caller.device).map(|_| contacts()),
            updates::GetState => |backend, context, _| backend.state(context),
            updates::GetDifference => |backend, context, call| backend.difference(context, &call),
            help::GetConfig => |backend, context, _| backend.config(context),
            help::GetAppConfig => |backend, _, call| backend.app_config(&call),
            help::GetNearestDc => |backend, context, _| backend.nearest_dc(context),
            messages::GetDialogs => |backend, context, _| backend.user_of(context.caller.device).map(|_| dialogs()),
            messages::GetDhConfig => |backend, context, call| backend.dh_config(context, &call),
            messages::RequestEncryption => |backend, context, call| backend.request_encryption(context, call),
            messages::AcceptEncryption => |backend, context, call| backend.accept_encryption(context, call),
            messages::DiscardEncryption => |backend, context, call| backend.discard_encryption(context, &call),
            messages::SendEncrypted => |backend, context, call| backend.send_encrypted(context, call),
            messages::SendEncryptedFile => |backend, context, call| backend.send_encrypted_file(context, call),
            messages::SendEncryptedService => |backend, context, call| backend.send_encrypted_service(context, call),
            messages::SetEncryptedTyping => |backend, context, call| backend.set_typing(context, &call),
            messages::ReadEncryptedHistory => |backend, context, call| backend.read_history(context, &call),
            messages::ReceivedQueue => |backend, context, call| backend.received_queue(context, &call),
            messages::ReportEncryptedSpam => |backend, context, call| {
                backend.side_in(context, &call.peer).map(|_| true)
            },
        }
    }

    fn run<F, R>(&mut self, context: &mut Context<'_>, call: &Call<'_>, run: R) -> Result<Vec<u8>, RpcError>
    where
        F: Function<Response: Encode> + Decode,
        R: FnOnce(&mut Self, &mut Context<'_>, F) -> Result<F::Response, RpcError>,
    {
        let function = F::from_bytes(call.function).map_err(|_| undecodable())?;
        let device = context.caller.device;
        let user = self.user_of(device).ok().and_then(|user| self.directory.user(user));
        match user.map(super::user::User::is_bot) {
            Some(true) if F::CALLERS == Callers::Users => return Err(bad("BOT_METHOD_INVALID")),
            Some(false) if F::CALLERS == Callers::Bots && !F::NAME.starts_with("auth.") => {
                return Err(bad("USER_BOT_REQUIRED"));
            }
            _ => {}
        }
        let answer = run(self, context, function)?;
        layer::encode(&answer, self.layer_of(device))
    }
}

fn contacts() -> types::contacts::Contacts {
    constructors::contacts::Contacts::new(Vec::new(), 0, Vec::new()).into()
}

fn dialogs() -> types::messages::Dialogs {
    constructors::messages::Dialogs::new(Vec::new(), Vec::new(), Vec::new(), Vec::new()).into()
}

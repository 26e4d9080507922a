//! What clients ask for before anything else: <https://core.telegram.org/api/config>.

use tl_types::RpcError;
use tl_types::api::functions::help::GetAppConfig;
use tl_types::api::{constructors, types};

use super::{Backend, Context};

/// How long a configuration is good for, in seconds.
const CONFIG_LIFETIME: i32 = 3600;

/// The hash of the only application configuration.
const APP_CONFIG_HASH: i32 = 1;

impl Backend {
    pub(super) fn config(&self, context: &Context<'_>) -> Result<types::Config, RpcError> {
        let options = self.settings.data_centers.iter().map(|(dc, address)| {
            let mut option = constructors::DcOption::new(*dc, address.ip().to_string(), i32::from(address.port()));
            option.ipv6 = address.is_ipv6();
            option
        });
        // The limits are those that Telegram's servers give.
        Ok(constructors::Config::new(
            context.now,
            context.now.saturating_add(CONFIG_LIFETIME),
            false,
            context.caller.dc,
            options.collect(),
            "loopback.invalid",
            200,
            200_000,
            100,
            210_000,
            5_000,
            30_000,
            300_000,
            30_000,
            1_500,
            60_000,
            2,
            172_800,
            172_800,
            172_800,
            2_419_200,
            200,
            604_800,
            20_000,
            90_000,
            30_000,
            10_000,
            "https://t.me/",
            1024,
            4096,
            context.caller.dc,
        ))
    }

    pub(super) fn app_config(&self, call: &GetAppConfig) -> Result<types::help::AppConfig, RpcError> {
        if call.hash == APP_CONFIG_HASH {
            return Ok(types::help::AppConfig::NotModified);
        }
        let empty = types::JsonValue::from(constructors::JsonObject::new(Vec::new()));
        Ok(constructors::help::AppConfig::new(APP_CONFIG_HASH, empty).into())
    }

    pub(super) fn nearest_dc(&self, context: &Context<'_>) -> Result<types::NearestDc, RpcError> {
        Ok(constructors::NearestDc::new("XX", context.caller.dc, self.settings.home()))
    }
}

//! Which addresses of a data centre are tried: those that a server has told, and those of the settings.
//!
//! Source: <https://core.telegram.org/api/datacenter>.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use tl_types::api::types::{Config, DcOption};

use super::core::Core;
use crate::client::session_file::KeptAddress;

/// A server can name so many data centres, and so many addresses of each.
const MAX_DATA_CENTERS: usize = 32;
const MAX_ADDRESSES: usize = 8;

impl Core {
    /// The addresses of a data centre, in the order in which they are tried: what a server has told is newer than what is
    /// given, which is the way back if it is wrong.
    pub(super) fn addresses(&self, dc: i32) -> Vec<SocketAddr> {
        let centers = &self.settings.data_centers;
        let told = if centers.learns() { self.file.addresses_of(dc) } else { Vec::new() };
        let obfuscates = self.settings.wire.obfuscation.is_some();
        let usable = told.into_iter().filter(|told| obfuscates || !told.obfuscated_only).map(|told| told.address);
        let mut addresses = Vec::new();
        for address in usable.chain(centers.addresses(dc).iter().copied()) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        addresses
    }

    /// Keeps the addresses that a server tells, in the place of those it told before.
    pub(super) fn learn(&self, config: &Config) {
        if !self.settings.data_centers.learns() {
            return;
        }
        let told = told(&config.dc_options);
        if told.is_empty() {
            return;
        }
        if let Err(error) = self.file.change(|file| file.addresses = told) {
            tracing::warn!(%error, "the addresses of the data centres are not kept");
        }
    }
}

/// The addresses among these that calls can be made at.
fn told(options: &[DcOption]) -> BTreeMap<i32, Vec<KeptAddress>> {
    let mut told = BTreeMap::<i32, Vec<KeptAddress>>::new();
    for option in options {
        let Some(address) = usable(option) else { continue };
        if told.len() >= MAX_DATA_CENTERS && !told.contains_key(&option.id) {
            continue;
        }
        let of = told.entry(option.id).or_default();
        if of.len() < MAX_ADDRESSES && of.iter().all(|other| other.address != address.address) {
            of.push(address);
        }
    }
    told
}

/// Where calls can be made. Only files are at `media_only`, a CDN has other keys and functions, and an address with a secret
/// wants that secret in the obfuscation. `static` says something to those behind a proxy, and `this_port_only` to those who
/// try other ports. The address itself tells its family.
fn usable(option: &DcOption) -> Option<KeptAddress> {
    if option.media_only || option.cdn || option.secret.is_some() {
        return None;
    }
    let ip: IpAddr = option.ip_address.parse().ok()?;
    let port = u16::try_from(option.port).ok().filter(|port| *port != 0)?;
    // A server that listens everywhere may say so.
    let leads_somewhere = !ip.is_unspecified() && !ip.is_multicast();
    leads_somewhere.then_some(KeptAddress { address: SocketAddr::new(ip, port), obfuscated_only: option.tcpo_only })
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng;

    use super::super::ConnectionSettings;
    use super::super::core::SharedRng;
    use super::*;
    use crate::client::{DataCenters, SessionFile};
    use crate::mtproto::framing::Obfuscation;

    fn option(dc: i32, address: &str, port: i32) -> DcOption {
        DcOption::new(dc, address, port)
    }

    fn addresses_of(told: &BTreeMap<i32, Vec<KeptAddress>>, dc: i32) -> Vec<String> {
        told.get(&dc).into_iter().flatten().map(|told| told.address.to_string()).collect()
    }

    fn core(data_centers: DataCenters, obfuscates: bool) -> Core {
        let mut settings = ConnectionSettings::new(1);
        settings.data_centers = data_centers;
        settings.wire.obfuscation = obfuscates.then_some(Obfuscation { dc: 1, secret: None });
        Core::new(settings, SessionFile::in_memory(), SharedRng::new(ChaCha20Rng::seed_from_u64(1)))
    }

    fn keep(core: &Core, options: &[DcOption]) {
        core.file.change(|file| file.addresses = told(options)).unwrap();
    }

    fn addresses(core: &Core, dc: i32) -> Vec<String> {
        core.addresses(dc).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn addresses_for_calls_are_told_from_those_for_other_things() {
        let mut ipv6 = option(2, "2001:67c:4e8:f002::a", 443);
        ipv6.ipv6 = true;
        let mut fixed = option(2, "149.154.167.50", 443);
        (fixed.r#static, fixed.this_port_only) = (true, true);
        let mut media = option(2, "149.154.167.151", 443);
        media.media_only = true;
        let mut cdn = option(203, "91.105.192.100", 443);
        cdn.cdn = true;
        let secret = option(2, "149.154.167.52", 443).with_secret([1; 16]);
        let told =
            told(&[option(2, "149.154.167.51", 443), media, ipv6, cdn, secret, fixed, option(1, "10.0.0.1", 80)]);
        let expected = ["149.154.167.51:443", "[2001:67c:4e8:f002::a]:443", "149.154.167.50:443"];
        assert_eq!(addresses_of(&told, 2), expected);
        assert_eq!(addresses_of(&told, 1), ["10.0.0.1:80"]);
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn addresses_that_lead_nowhere_are_left_out_and_so_is_what_is_too_much() {
        let nowhere =
            [("0.0.0.0", 443), ("::", 443), ("224.0.0.1", 443), ("10.0.0.1", 0), ("10.0.0.1", 65_536), ("x", 1)];
        assert_eq!(told(&nowhere.map(|(address, port)| option(2, address, port))).len(), 0);
        let twice = [option(2, "10.0.0.1", 443), option(2, "10.0.0.1", 443)];
        assert_eq!(addresses_of(&told(&twice), 2), ["10.0.0.1:443"]);
        let many: Vec<_> = (1..=1000).flat_map(|dc| (1..=20).map(move |port| option(dc, "10.0.0.1", port))).collect();
        let told = told(&many);
        assert_eq!((told.len(), told[&1].len()), (MAX_DATA_CENTERS, MAX_ADDRESSES));
    }

    #[test]
    fn what_a_server_has_told_comes_before_what_is_given_and_each_address_comes_once() {
        let core = core(DataCenters::production(), false);
        keep(&core, &[option(2, "149.154.167.50", 443), option(2, "149.154.167.51", 443), option(6, "10.0.0.6", 443)]);
        let expected = ["149.154.167.50:443", "149.154.167.51:443", "[2001:67c:4e8:f002::a]:443"];
        assert_eq!(addresses(&core, 2), expected);
        assert_eq!(addresses(&core, 6), ["10.0.0.6:443"]);
        assert_eq!(addresses(&core, 7), [""; 0]);
    }

    #[test]
    fn what_a_server_has_told_does_not_count_for_who_wants_no_addresses_but_his_own() {
        let core = core(DataCenters::production().with_learning(false), false);
        keep(&core, &[option(2, "149.154.167.50", 443), option(6, "10.0.0.6", 443)]);
        assert_eq!(addresses(&core, 2), ["149.154.167.51:443", "[2001:67c:4e8:f002::a]:443"]);
        assert_eq!(addresses(&core, 6), [""; 0]);
    }

    #[test]
    fn an_address_that_wants_obfuscation_is_for_who_obfuscates() {
        let mut obfuscated = option(6, "10.0.0.6", 443);
        obfuscated.tcpo_only = true;
        for (obfuscates, expected) in [(false, &[][..]), (true, &["10.0.0.6:443"][..])] {
            let core = core(DataCenters::production(), obfuscates);
            keep(&core, std::slice::from_ref(&obfuscated));
            assert_eq!(addresses(&core, 6), expected);
        }
    }
}

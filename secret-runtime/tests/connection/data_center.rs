use secret_runtime::client::DataCenters;

fn first_addresses(centers: &DataCenters, dcs: impl IntoIterator<Item = i32>) -> Vec<String> {
    dcs.into_iter().map(|dc| centers.addresses(dc)[0].to_string()).collect()
}

fn fingerprints(centers: &DataCenters) -> Vec<u64> {
    centers.keys().iter().map(|key| key.fingerprint().cast_unsigned()).collect()
}

#[test]
fn the_production_servers_are_built_in_with_the_key_that_telegram_publishes() {
    let production = DataCenters::production();
    let expected =
        ["149.154.175.53:443", "149.154.167.51:443", "149.154.175.100:443", "149.154.167.91:443", "91.108.56.130:443"];
    assert_eq!(first_addresses(&production, 1..=5), expected);
    assert_eq!(fingerprints(&production), [0xd09d_1d85_de64_fd85]);
    assert!((1..=5).all(|dc| production.addresses(dc)[1].is_ipv6()));
    assert!(production.addresses(6).is_empty());
}

#[test]
fn the_test_servers_are_built_in_with_a_key_of_their_own() {
    let test = DataCenters::test();
    assert_eq!(first_addresses(&test, 1..=3), ["149.154.175.10:443", "149.154.167.40:443", "149.154.175.117:443"]);
    assert_eq!(fingerprints(&test), [0xb258_98df_208d_2603]);
}

#[test]
fn an_own_server_takes_the_place_of_all_others() {
    let key = DataCenters::test().keys()[0].clone();
    let address = "127.0.0.1:9".parse().unwrap();
    let own = DataCenters::single(7, address, key).with_address(7, "127.0.0.1:10".parse().unwrap()).with_home(8);
    assert_eq!(own.addresses(7), [address, "127.0.0.1:10".parse().unwrap()]);
    assert!(own.addresses(1).is_empty());
    assert_eq!(own.home(), 8);
}

//! The handshake that Telegram published at <https://core.telegram.org/mtproto/samples-auth_key>, as it was until 2021.
//!
//! It has the older padding, which says nothing of what comes after: with the client's random numbers of the example the
//! server's messages of the example lead to the key of the example. Its generator, 2, does not fit its prime by the rules
//! that came later, so the client is told that the group was verified.

use secret_runtime::chat::UnixTime;
use secret_runtime::crypto::diffie_hellman::Group;
use secret_runtime::mtproto::handshake::{ClientHandshake, ClientHandshakeSettings, ClientStep, RsaPublicKey};
use tl_types::Decode;
use tl_types::mtproto::{constructors, functions};

use crate::keys::{EXAMPLE_PEM, PRIME};
use crate::puppet::sha1;
use crate::random::{Random, hex};

const NONCE: &str = "3e0549828cca27e966b301a48fece2fc";
const SERVER_NONCE: &str = "a5cf4d33f4a11ea877ba4aa573907330";
const NEW_NONCE: &str = "311c85db234aa2640afc4a76a735cf5b1f0fd68bd17fa181e1229ad867cc024d";
const PQ: &str = "17ed48941a08f981";
const EXPONENT: &str = "
    6f620afa575c9233eb4c014110a7bcaf49464f798a18a0981fea1e05e8da67d9681e0fd6df0edf0272ae3492451a8450
    2f2efc0da18741a5fb80bd82296919a70faa6d07cbbbca2037ea7d3e327b61d585ed3373ee0553a91cbd29b01fa9a89d
    479ca53d57bde3a76fbd922a923a0a38b922c1d0701f53ff52d7ea9217080163a64901e766eb6a0f20bc391b64b9d1dd
    2cd13a7d0c946a3a7df8cec9e2236446f646c42cfe2b60a2a8d776e56c8d7519b08b88ed0970e10d12a8c9e355d765f2
    b7bbb7b4ca9360083435523cb0d57d2b106fd14f94b4eee79d8ac131ca56ad389c84fe279716f8124a543337fb9ea3d9
    88ec5fa63d90a4ba3970e7a39e5c0de5";
const ENCRYPTED_ANSWER: &str = "
    28a92fe20173b347a8bb324b5fab2667c9a8bbce6468d5b509a4cbddc186240ac912cf7006af8926de606a2e74c0493c
    aa57741e6c82451f54d3e068f5ccc49b4444124b9666ffb405aab564a3d01e67f6e912867c8d20d9882707dc330b17b4
    e0dd57cb53bfaafa9ef5be76ae6c1b9b6c51e2d6502a47c883095c46c81e3be25f62427b585488bb3bf239213bf48eb8
    fe34c9a026cc8413934043974db03556633038392cecb51f94824e140b98637730a4be79a8f9dafa39bae81e1095849e
    a4c83467c92a3a17d997817c8a7ac61c3ff414da37b7d66e949c0aec858f048224210fcc61f11c3a910b431ccbd104cc
    cc8dc6d29d4a5d133be639a4c32bbff153e63aca3ac52f2e4709b8ae01844b142c1ee89d075d64f69a399feb04e656fe
    3675a6f8f412078f3d0b58da15311c1a9f8e53b3cd6bb5572c294904b726d0be337e2e21977da26dd6e33270251c2ca2
    9dfcc70227f0755f84cfda9ac4b8dd5f84f1d1eb36ba45cddc70444d8c213e4bd8f63b8ab95a2d0b4180dc91283dc063
    acfb92d6a4e407cde7c8c69689f77a007441d4a6a8384b666502d9b77fc68b5b43cc607e60a146223e110fcb43bc3c94
    2ef981930cdc4a1d310c0b64d5e55d308d863251ab90502c3e46cc599e886a927cda963b9eb16ce62603b68529ee98f9
    f5206419e03fb458ec4bd9454aa8f6ba777573cc54b328895b1df25ead9fb4cd5198ee022b2b81f388d281d5e5bc5801
    07ca01a50665c32b552715f335fd76264fad00ddd5ae45b94832ac79ce7c511d194bc42b70efa850bb15c2012c5215ca
    bfe97ce66b8d8734d0ee759a638af013";
const G_B: &str = "
    73700e7bfc7aeec828eb8e0dcc04d09a0dd56a1b4b35f72f0b55fce7db7ebb72d7c33c5d4aa59e1c74d09b01ae536b31
    8cfed436afdb15fe9eb4c70d7f0cb14e46dbbde9053a64304361eb358a9bb32e9d5c2843fe87248b89c3f066a7d5876d
    61657acc52b0d81cd683b2a0fa93e8adab20377877f3bc3369bbf57b10f5b589e65a9c27490f30a0c70ffcfd3453f5b3
    79c1b9727a573cffdca8d23c721b135b92e529b1cdd2f7abd4f34dac4be1eeaf60993dde8ed45890e4f47c26f2c0b2e0
    37bb502739c8824f2a99e2b1e7e416583417cc79a8807a4bdac6a5e9805d4f6186c37d66f6988c9f9c752896f3d34d25
    529263faf2670a09b2a59ce35264511f";
const KEY: &str = "
    ab96e207c631300986f30ef97df55e179e63c112675f0ce502ee76d74bbee6cbd1e95772818881e9f2ff54bd52c25878
    7474f6a7bea61eabe49d1d01d55f64fc07bc31685716ec8fb46feacf9502e42cfd6b9f45a08e90aa5c2b5933ac767cbe
    1cd50d8e64f89727ca4a1a5d32c0db80a9fcdbddd4f8d5a1e774198f1a4299f927c484feec395f29647e43c3243986f9
    3609e23538c21871df50e00070b3b6a8fa9bc15628e8b43ff977409a61ceec5a21cf7dfb5a4cc28f5257bc30cd8f2fb9
    2fbf21e28924065f50e0bbd5e11a420300e2c136b80e9826c6c5609b5371b7850aa628323b6422f3a94f6dfde4c3dc1e
    a60f7e11ee63122b3f39cbd1a8430157";
const NEW_NONCE_HASH_1: &str = "ccebc0217266e1edec7fb0a0eed6c220";
const SERVER_TIME: i32 = 1_373_993_675;

#[test]
fn the_published_handshake_gives_the_published_key() {
    let mut rng = Random::with_chosen(1, [hex(NONCE), hex(NEW_NONCE), hex(EXPONENT)]);
    let group = serde_json::from_value(serde_json::json!({ "g": 2, "prime": hex(PRIME) })).unwrap();
    let known_groups: Vec<Group> = vec![group];
    let keys = vec![RsaPublicKey::from_pem(EXAMPLE_PEM).unwrap()];
    let settings = ClientHandshakeSettings { keys, dc: 2, temporary_for: None, known_groups };
    let (mut client, request) = ClientHandshake::new(settings, &mut rng);
    assert_eq!(functions::ReqPqMulti::from_bytes(&request).unwrap().nonce.to_vec(), hex(NONCE));
    let now = UnixTime(i64::from(SERVER_TIME) - 86_400);
    let mut answer = |body: &str, rng: &mut Random| client.handle(&hex(body), now, rng).unwrap();

    let product = format!("63241605 {NONCE} {SERVER_NONCE} 08{PQ}000000 15c4b51c 01000000 216be86c022bb4c3");
    let ClientStep::Send(request) = answer(&product, &mut rng) else { panic!() };
    let request = functions::ReqDhParams::from_bytes(&request).unwrap();
    assert_eq!((request.p, request.q), (hex("494c553b"), hex("53911073")));

    let parameters = format!("5c07e8d0 {NONCE} {SERVER_NONCE} fe500200 {ENCRYPTED_ANSWER}");
    let ClientStep::Send(request) = answer(&parameters, &mut rng) else { panic!() };
    let request = functions::SetClientDhParams::from_bytes(&request).unwrap();
    let inner = opened(&request.encrypted_data);
    assert_eq!((inner.retry_id, inner.g_b), (0, hex(G_B)));

    let agreed = format!("34f7cb3b {NONCE} {SERVER_NONCE} {NEW_NONCE_HASH_1}");
    let ClientStep::Done(new_key) = answer(&agreed, &mut rng) else { panic!() };
    assert_eq!(new_key.key.as_bytes().to_vec(), hex(KEY));
    let hash = sha1(&[&hex(KEY)]);
    assert_eq!(new_key.key.auxiliary_hash().to_le_bytes(), hash[..8]);
    assert_eq!(new_key.key.id().to_le_bytes(), hash[12..]);
    let salt = hex(NEW_NONCE).iter().zip(hex(SERVER_NONCE)).take(8).map(|(a, b)| a ^ b).collect::<Vec<_>>();
    assert_eq!(new_key.salt.to_le_bytes().to_vec(), salt);
    assert_eq!((new_key.server_time, new_key.time_offset, new_key.expires_at), (SERVER_TIME, 86_400, None));
}

/// With the temporary key that the example prints.
fn opened(sealed: &[u8]) -> constructors::ClientDhInnerData {
    let key = hex("f011280887c7bb01df0fc4e17830e0b91fbb8be4b2267cb985ae25f33b527253");
    let iv = hex("3212d579ee35452ed23e0d0c92841aa7d31b2e9bdef2151e80d15860311c85db");
    let mut opened = sealed.to_vec();
    let (key, iv) = (key.try_into().unwrap(), iv.try_into().unwrap());
    secret_runtime::crypto::ige::IgeDecryptor::new(&key, &iv).decrypt(&mut opened).unwrap();
    tl_types::Reader::new(&opened[20..]).read().unwrap()
}

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use sha2::{Digest, Sha256, Sha512};
use tl_types::api::{constructors, functions, types};

use crate::client::{Client, Failure, server};

type Algorithm = constructors::PasswordKdfAlgoSha256sha256pbkdf2hmacsha512iter100000Sha256ModPow;

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
}

fn number(bytes: &[u8]) -> U2048 {
    let mut padded = [0; 256];
    padded[256 - bytes.len()..].copy_from_slice(bytes);
    U2048::from_be_slice(&padded)
}

fn bytes(number: &U2048) -> Vec<u8> {
    number.as_words().iter().rev().flat_map(|word| word.to_be_bytes()).collect()
}

/// The password's hash, by <https://core.telegram.org/api/srp>.
fn password_hash(password: &str, algorithm: &Algorithm) -> [u8; 32] {
    let (salt1, salt2) = (&algorithm.salt1[..], &algorithm.salt2[..]);
    let first = hash(&[salt2, &hash(&[salt1, password.as_bytes(), salt1]), salt2]);
    let mut derived = [0; 64];
    pbkdf2::pbkdf2_hmac::<Sha512>(&first, salt1, 100_000, &mut derived);
    hash(&[salt2, &derived, salt2])
}

fn parameters(algorithm: &Algorithm) -> FixedMontyParams<{ U2048::LIMBS }> {
    FixedMontyParams::new_vartime(Odd::new(number(&algorithm.p)).unwrap())
}

fn verifier(password: &str, algorithm: &Algorithm) -> Vec<u8> {
    let g = FixedMontyForm::new(&U2048::from_u32(3), &parameters(algorithm));
    bytes(&g.pow(&number(&password_hash(password, algorithm))).retrieve())
}

/// The proof of a client that believes in `password`.
fn proof(password: &str, asked: &constructors::account::Password) -> types::InputCheckPasswordSrp {
    let Some(algorithm) = &asked.current_algo else { panic!() };
    let types::PasswordKdfAlgo::Sha256sha256pbkdf2hmacsha512iter100000Sha256ModPow(algorithm) = &**algorithm else {
        panic!()
    };
    let parameters = parameters(algorithm);
    let form = |n: &U2048| FixedMontyForm::new(n, &parameters);
    let (g, p) = (bytes(&U2048::from_u32(3)), &algorithm.p);
    let a = number(&[5; 200]);
    let g_a = bytes(&form(&U2048::from_u32(3)).pow(&a).retrieve());
    let g_b = bytes(&number(asked.srp_b.as_ref().unwrap()));
    let (u, x, k) = (hash(&[&g_a, &g_b]), password_hash(password, algorithm), hash(&[p, &g]));
    let v = form(&U2048::from_u32(3)).pow(&number(&x));
    let base = form(&number(&g_b)) - form(&number(&k)) * v;
    let exponent = a.wrapping_add(&number(&u).wrapping_mul(&number(&x)));
    let key = hash(&[&bytes(&base.pow(&exponent).retrieve())]);
    let mut group = hash(&[p]);
    group.iter_mut().zip(hash(&[&g])).for_each(|(byte, other)| *byte ^= other);
    let m1 = hash(&[&group, &hash(&[&algorithm.salt1]), &hash(&[&algorithm.salt2]), &g_a, &g_b, &key]);
    constructors::InputCheckPasswordSrp::new(asked.srp_id.unwrap(), g_a, m1.to_vec()).into()
}

async fn ask(client: &mut Client) -> constructors::account::Password {
    client.call(&functions::account::GetPassword::new()).await.unwrap()
}

#[tokio::test]
async fn a_password_is_asked_for_and_only_the_right_one_opens() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    server.set_password("79990001", Some("sesame")).unwrap();
    let mut second = Client::new(&server, 2).await;
    let Err(Failure::Rpc(error)) = second.log_in("79990001").await else { panic!() };
    assert_eq!(error.to_string(), "401 SESSION_PASSWORD_NEEDED");
    assert_eq!(second.error(&functions::updates::GetState::new()).await, "401 AUTH_KEY_UNREGISTERED");
    let check = functions::auth::CheckPassword::new;
    let asked = ask(&mut second).await;
    assert_eq!(second.error(&check(proof("Sesame", &asked))).await, "400 PASSWORD_HASH_INVALID");
    second.call(&check(proof("sesame", &asked))).await.unwrap();
    assert_eq!(second.me().await.id, ada.me().await.id);
    assert_eq!(second.error(&check(proof("sesame", &asked))).await, "400 SRP_ID_INVALID");
}

#[tokio::test]
async fn a_password_is_set_changed_and_taken_away_by_who_knows_it() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let settings = |password: &str, asked: &constructors::account::Password| {
        let types::PasswordKdfAlgo::Sha256sha256pbkdf2hmacsha512iter100000Sha256ModPow(mut algorithm) =
            asked.new_algo.clone()
        else {
            panic!()
        };
        algorithm.salt1.extend([4; 32]);
        let mut settings = constructors::account::PasswordInputSettings::new();
        settings.new_password_hash = Some(verifier(password, &algorithm));
        settings.new_algo = Some(Box::new(algorithm.into()));
        settings.hint = Some("door".to_owned());
        settings
    };
    let update = functions::account::UpdatePasswordSettings::new;
    let nobody = types::InputCheckPasswordSrp::InputCheckPasswordEmpty;
    let asked = ask(&mut ada).await;
    assert!(!asked.has_password);
    ada.call(&update(nobody.clone(), settings("first", &asked))).await.unwrap();
    let asked = ask(&mut ada).await;
    assert_eq!((asked.has_password, asked.hint.as_deref()), (true, Some("door")));
    assert_eq!(ada.error(&update(nobody.clone(), settings("x", &asked))).await, "400 PASSWORD_HASH_INVALID");
    ada.call(&update(proof("first", &asked), settings("second", &asked))).await.unwrap();
    let asked_late = ask(&mut ada).await;
    let mut none = constructors::account::PasswordInputSettings::new();
    none.new_algo = Some(Box::new(types::PasswordKdfAlgo::Unknown));
    none.new_password_hash = Some(Vec::new());
    none.hint = Some(String::new());
    ada.call(&update(proof("second", &asked_late), none)).await.unwrap();
    assert!(!ask(&mut ada).await.has_password);
}

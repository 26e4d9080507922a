use tl_types::Encode;
use tl_types::api::{constructors, functions, types};

use crate::client::{Client, server};

/// The ids of `user`, `userFull` and `peerSettings` in the layers that clients in use speak.
const KNOWN: [(i32, u32, u32, u32); 9] = [
    (199, 0x4b46_c37e, 0x4d97_5bbc, 0xacd6_6c5e),
    (201, 0x020b_1422, 0x99e7_8045, 0xf477_41f7),
    (211, 0x020b_1422, 0x7e63_ce1f, 0xf477_41f7),
    (214, 0x020b_1422, 0xc577_b5ad, 0xf477_41f7),
    (216, 0x020b_1422, 0xa02b_c13e, 0xf477_41f7),
    (218, 0x3177_4388, 0xa02b_c13e, 0xf477_41f7),
    (227, 0x3177_4388, 0x06cb_e645, 0xf477_41f7),
    (229, 0xb1b8_cc83, 0x06cb_e645, 0xf477_41f7),
    (230, 0xb1b8_cc83, 0x06cb_e645, 0xf477_41f7),
];

fn ids(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|id| u32::from_le_bytes(id.try_into().unwrap())).collect()
}

#[tokio::test]
async fn answers_are_in_the_constructors_of_the_callers_layer() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    for (layer, user, full, settings) in KNOWN {
        let myself = functions::users::GetFullUser::new(types::InputUser::InputUserSelf);
        let call = functions::InvokeWithLayer::new(layer, myself);
        let answer = ids(&ada.raw(call.to_bytes().unwrap()).await.unwrap());
        for id in [user, full, settings] {
            assert!(answer.contains(&id), "layer {layer} has no {id:08x}");
        }
        // The layer stays.
        let answer =
            ada.raw(functions::users::GetUsers::new(vec![types::InputUser::InputUserSelf]).to_bytes().unwrap());
        assert_eq!(ids(&answer.await.unwrap())[2], user);
    }
}

#[tokio::test]
async fn each_client_sees_the_same_user_in_its_own_layer() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let mut bob = Client::logged_in(&server, "79990002").await;
    ada.call(&functions::InvokeWithLayer::new(199, functions::help::GetNearestDc::new())).await.unwrap();
    bob.call(&functions::InvokeWithLayer::new(214, functions::help::GetNearestDc::new())).await.unwrap();
    let phone = functions::contacts::ResolvePhone::new("79990002").to_bytes().unwrap();
    let (for_ada, for_bob) = (ada.raw(phone.clone()).await.unwrap(), bob.raw(phone).await.unwrap());
    assert_eq!(ids(&for_ada).iter().filter(|id| **id == 0x4b46_c37e).count(), 1);
    assert_eq!(ids(&for_bob).iter().filter(|id| **id == 0x020b_1422).count(), 1);
}

#[tokio::test]
async fn a_client_of_a_layer_that_is_too_old_is_told_so_and_nothing_is_done_for_it() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let rename = functions::account::UpdateUsername::new("ada_lovelace");
    for layer in [198, 1, 0, -1] {
        let call = functions::InvokeWithLayer::new(layer, rename.clone());
        assert_eq!(ada.error(&call).await, "406 UPDATE_APP_TO_LOGIN", "layer {layer}");
        // It holds until the client names another one.
        assert_eq!(ada.error(&functions::help::GetConfig::new()).await, "406 UPDATE_APP_TO_LOGIN");
    }
    let myself = functions::users::GetUsers::new(vec![types::InputUser::InputUserSelf]);
    let answer = ada.call(&functions::InvokeWithLayer::new(230, myself)).await.unwrap();
    let types::User::User(user) = &answer[0] else { panic!("{answer:?}") };
    assert_eq!(user.username, None);
}

#[tokio::test]
async fn what_clients_say_when_they_begin_is_taken() {
    let server = server().await;
    let mut ada = Client::logged_in(&server, "79990001").await;
    let config = functions::help::GetConfig::new();
    let mut connection = functions::InitConnection::new(1, "a", "b", "c", "d", "e", "f", config.clone());
    connection.params = Some(constructors::JsonObject::new(Vec::new()).into());
    connection.proxy = Some(constructors::InputClientProxy::new("proxy", 443));
    ada.call(&functions::InvokeWithLayer::new(230, connection.clone())).await.unwrap();
    connection.api_id = 0;
    let call = functions::InvokeWithLayer::new(230, connection);
    assert_eq!(ada.error(&call).await, "400 CONNECTION_API_ID_INVALID");
    let mut deep = config.to_bytes().unwrap();
    for _ in 0..9 {
        let mut outer = 0xbf94_59b7_u32.to_le_bytes().to_vec();
        outer.extend(deep);
        deep = outer;
    }
    assert!(ada.raw(deep).await.is_err());
}

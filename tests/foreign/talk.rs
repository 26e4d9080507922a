//! What two users do in a chat.

use crate::Failure;
use crate::side::{Content, Seen, Side};

/// A chat from its request to its end: texts in both directions, a file of so many bytes in both, and the end, which the
/// second one wants.
pub(crate) async fn talk(title: &str, mut one: Side, mut other: Side, file: u32) -> Result<(), Failure> {
    println!("{title}: {} and {}", one.name, other.name);
    let chat = one.request(&other.name).await?;
    ready(&mut other, chat).await?;
    ready(&mut one, chat).await?;
    println!("  the chat is ready");

    for number in 0..5 {
        exchange(&mut one, &mut other, chat, &format!("text {number} of the first")).await?;
        exchange(&mut other, &mut one, chat, &format!("text {number} of the second, with \u{1f980}")).await?;
    }
    println!("  10 texts arrived");

    // Parts of 4096 UTF-16 units at the most.
    let long = "0123456789".repeat(1000);
    if one.is_ours() {
        long_text(&mut one, &mut other, chat, &long).await?;
    } else if other.is_ours() {
        long_text(&mut other, &mut one, chat, &long).await?;
    }

    let content: Vec<u8> = (0..file).map(|byte| (byte % 251) as u8).collect();
    for _ in 0..2 {
        one.file(chat, &content).await?;
        other.sees(&Seen::File(Content::of(&content))).await?;
        std::mem::swap(&mut one, &mut other);
    }
    println!("  a file of {} bytes arrived, in both directions", content.len());

    other.discard(chat).await?;
    one.sees(&Seen::Closed).await?;
    println!("  closed by {}, and {} knows", other.name, one.name);
    one.stop().await?;
    other.stop().await
}

async fn ready(side: &mut Side, chat: i32) -> Result<(), Failure> {
    match side.next().await? {
        Seen::Ready(of) if of == chat => Ok(()),
        seen => Err(format!("{} sees {seen:?}, and not that the chat {chat} is ready", side.name).into()),
    }
}

async fn exchange(from: &mut Side, to: &mut Side, chat: i32, text: &str) -> Result<(), Failure> {
    from.text(chat, text).await?;
    to.sees(&Seen::Text(text.to_owned())).await
}

/// Of ours, who splits it.
async fn long_text(from: &mut Side, to: &mut Side, chat: i32, text: &str) -> Result<(), Failure> {
    from.text(chat, text).await?;
    let mut arrived = String::new();
    let mut parts = 0;
    while arrived.len() < text.len() {
        match to.next().await? {
            Seen::Text(part) => arrived.push_str(&part),
            Seen::Ready(_) => continue,
            seen => return Err(format!("{} sees {seen:?}, and not a text", to.name).into()),
        }
        parts += 1;
    }
    if arrived != text {
        return Err("the long text is another".into());
    }
    println!("  a text of {} characters arrived in {parts} parts", text.len());
    Ok(())
}

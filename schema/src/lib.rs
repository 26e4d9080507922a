#![doc = include_str!("../README.md")]

/// The layer that [`API`] describes: the number that goes into `invokeWithLayer`.
pub const API_LAYER: u32 = 230;

/// The highest layer that [`SECRET`] describes: the number that a client announces to the other side of a secret chat.
pub const SECRET_LAYER: u32 = 144;

/// The schema of Telegram's API at layer [`API_LAYER`], as TL text: 1,704 constructors, then 850 functions.
///
/// Every declaration stands on one line and carries its published id.
///
/// ```
/// assert!(tl_schema::API.starts_with("// LAYER 230\n"));
/// let (constructors, functions) = tl_schema::API.split_once("---functions---").unwrap();
/// assert!(constructors.contains("\ninputUserSelf#f7c1b13f = InputUser;\n"));
/// assert!(functions.contains("\nhelp.getConfig#c4f9186b = Config;\n"));
/// ```
pub const API: &str = include_str!("../api.tl");

/// The schema of MTProto 2.0, as TL text: the built-in types, the creation of an authorization key, and the service
/// messages of a session.
///
/// The text changes between constructors and functions with `---types---` and `---functions---`. It has no layer.
///
/// ```
/// assert!(tl_schema::MTPROTO.contains("\nmsg_container#73f1f8dc messages:vector<message> = MessageContainer;\n"));
/// ```
pub const MTPROTO: &str = include_str!("../mtproto.tl");

/// The schema of secret chats, as TL text: every constructor of the layers 8 to [`SECRET_LAYER`].
///
/// A line `===N===` opens the constructors that layer N added. A name may return in a later layer with another id and
/// other fields; the old one is still to be decoded. The text is a universe of its own: do not merge it with [`API`],
/// which has types of the same names with other constructors.
///
/// ```
/// let layers: Vec<u32> = tl_schema::SECRET
///     .lines()
///     .filter_map(|line| line.strip_prefix("===")?.strip_suffix("===")?.parse().ok())
///     .collect();
/// assert_eq!(layers, [8, 17, 20, 23, 45, 46, 66, 73, 101, 143, 144]);
/// ```
pub const SECRET: &str = include_str!("../secret.tl");

/// What is known of the errors that calls of [`API`]'s functions return, and of who may call each function, as
/// tab-separated text.
///
/// The lines that open with `#` at its top describe the columns of its two kinds of rows.
///
/// ```
/// let wait: Vec<&str> = tl_schema::ERRORS
///     .lines()
///     .find(|line| line.starts_with("error\t420\tFLOOD_WAIT_%d\t"))
///     .unwrap()
///     .split('\t')
///     .collect();
/// assert_eq!(wait[3], "seconds");
/// assert_eq!(wait[5], "*");
/// ```
pub const ERRORS: &str = include_str!("../errors.tsv");

/// Which fields of the three schemas hold secrets or what people write, so that nothing prints them, as tab-separated
/// text.
///
/// The lines that open with `#` at its top describe the columns.
///
/// ```
/// assert!(tl_schema::REDACTION.lines().any(|row| row.starts_with("hide\t*\taccess_hash\t")));
/// ```
pub const REDACTION: &str = include_str!("../redaction.tsv");

/// What the text of [`MTPROTO`] cannot say: the ids that do not follow from their lines, one rule to a line.
///
/// ```
/// assert!(tl_schema::MTPROTO_RULES.contains("\nid accessPointRule#4679b65f "));
/// ```
pub const MTPROTO_RULES: &str = include_str!("../mtproto.rules");

/// What the text of [`SECRET`] cannot say: which constructors are only received, and how the forms of a constructor
/// follow from one another, one rule to a line.
///
/// ```
/// assert!(tl_schema::SECRET_RULES.lines().any(|rule| rule.starts_with("floor ")));
/// ```
pub const SECRET_RULES: &str = include_str!("../secret.rules");

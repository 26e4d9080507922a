//! What is compiled, and what it may cost.

use std::path::Path;

use crate::Error;
use crate::recipe::{self, Recipe};

/// The goal for peak memory, in every stage.
pub(crate) const MEMORY_GOAL: f64 = 0.75;

/// One way of compiling both sides.
#[derive(Debug)]
pub(crate) struct Stage {
    /// What the command line calls it.
    pub(crate) name: &'static str,
    /// What the table calls it.
    pub(crate) title: &'static str,
    /// The goal: our CPU time for each second of theirs.
    pub(crate) goal: f64,
    /// What Cargo is told to do.
    command: &'static [&'static str],
    /// Whether the crate that uses the bindings counts too.
    with_consumer: bool,
    /// Whether ours has the feature `secret` and nothing else.
    is_secret: bool,
}

/// Every stage.
pub(crate) const STAGES: [Stage; 4] = [
    Stage { name: "check", title: "check", goal: 0.85, command: &["check"], with_consumer: false, is_secret: false },
    Stage { name: "dev", title: "dev build", goal: 0.65, command: &["build"], with_consumer: false, is_secret: false },
    Stage {
        name: "release",
        title: "release build + consumer",
        goal: 0.70,
        command: &["build", "--release"],
        with_consumer: true,
        is_secret: false,
    },
    Stage {
        name: "secret",
        title: "check of `secret` alone",
        goal: 0.05,
        command: &["check"],
        with_consumer: false,
        is_secret: true,
    },
];

/// The calls of rustc that count, for both sides.
#[derive(Debug)]
pub(crate) struct Sides {
    ours: Vec<Recipe>,
    theirs: Vec<Recipe>,
    /// How the build script of the other side was compiled.
    pub(crate) generator: Option<Recipe>,
}

/// What rustc took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// CPU time, of all threads and of the linker.
    pub(crate) seconds: f64,
    /// The largest process, in millions of bytes.
    pub(crate) megabytes: f64,
}

impl Stage {
    /// Lets Cargo build both sides, and takes over the calls that count.
    pub(crate) fn prepare(&self) -> Result<Sides, Error> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/compile-bench");
        let profile = self.command.join("");
        let (our_calls, their_calls) =
            (target.join(format!("calls/{}", self.name)), target.join(format!("calls/grammers{profile}")));
        // A folder apart for each profile: what is fresh is not compiled, and a call that is not made is not noted.
        let target = target.join(profile);
        let ours: &[&str] = match self.is_secret {
            true => &[
                "--manifest-path=../../../Cargo.toml",
                "--package=tl-types",
                "--no-default-features",
                "--features=secret",
            ],
            false => &["--package=consumer-ours"],
        };
        recipe::build(&[self.command, ours].concat(), &target, &our_calls)?;
        recipe::build(&[self.command, &["--package=consumer-grammers"]].concat(), &target, &their_calls)?;

        let (mut ours, mut theirs) = (vec!["tl_types"], vec!["grammers_tl_types"]);
        if self.with_consumer {
            ours.push("consumer_ours");
            theirs.push("consumer_grammers");
        }
        let read = |folder: &Path, names: Vec<&str>| {
            names.into_iter().map(|name| Recipe::read(folder, name)).collect::<Result<_, _>>()
        };
        Ok(Sides {
            ours: read(&our_calls, ours)?,
            theirs: read(&their_calls, theirs)?,
            generator: Some(Recipe::read(&their_calls, "build_script_build")?),
        })
    }
}

/// Repeats the calls of both sides in turn: the median costs.
pub(crate) fn measure(sides: &Sides, runs: usize) -> Result<(Cost, Cost), Error> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(total(&sides.ours)?);
        theirs.push(total(&sides.theirs)?);
    }
    Ok((median(&ours), median(&theirs)))
}

/// The CPU time of all calls, and the memory of the largest.
fn total(recipes: &[Recipe]) -> Result<Cost, Error> {
    recipes.iter().try_fold(Cost { seconds: 0.0, megabytes: 0.0 }, |total, recipe| {
        let cost = recipe.run()?;
        Ok(Cost { seconds: total.seconds + cost.seconds, megabytes: total.megabytes.max(cost.megabytes) })
    })
}

fn median(costs: &[Cost]) -> Cost {
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Cost {
        seconds: middle(costs.iter().map(|cost| cost.seconds).collect()),
        megabytes: middle(costs.iter().map(|cost| cost.megabytes).collect()),
    }
}

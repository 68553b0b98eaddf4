//! What was promised survives: kills, torn lines, refused rows, full disks.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use store::{NewSignal, SignalFilter, Store, StoreError};
use ulid::Ulid;

use crate::support::{NOON, Place, child, day_file, json, lines_of, signal};

crate::on_both!(
    every_promised_row_survives_kills,
    torn_and_unreadable_lines_do_not_stop_the_others,
    a_full_disk_makes_no_promise,
    the_spool_takes_rows_again_when_there_is_room,
    two_processes_share_a_folder,
    what_cannot_be_written_is_told_until_it_can,
);

const CHILD_URL: &str = "PERPSIGNAL_TEST_CHILD_URL";
const CHILD_DIR: &str = "PERPSIGNAL_TEST_CHILD_DIR";
const CHILD_PADDING: &str = "PERPSIGNAL_TEST_CHILD_PADDING";

/// Does nothing in a usual run. As a child it writes signals until it is killed or refused, and prints
/// each promised id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_as_a_child() {
    let (Ok(url), Ok(dir)) = (std::env::var(CHILD_URL), std::env::var(CHILD_DIR)) else { return };
    let padding = std::env::var(CHILD_PADDING).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut place = Place::sqlite();
    place.url = url;
    let mut config = place.config(store::DataSource::Live);
    config.spool_dir = dir.into();
    let store = Store::open(config).await.unwrap();
    // The test runner has begun a line of its own.
    tell("\nchild", "is open");
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = store.clone();
        writers.spawn(async move {
            for _ in 0..20_000 {
                let id = Ulid::new().to_string();
                let extra = Some(json(&serde_json::json!({"padding": "x".repeat(padding)})));
                match store.save(NewSignal { extra, ..signal(&id, "BTC", NOON) }).await {
                    Ok(_) => tell("promised", &id),
                    Err(fault) => {
                        match fault {
                            StoreError::SpoolFull { .. } => tell("full", &id),
                            other => tell("failed", &format!("{other:?}")),
                        }
                        return;
                    }
                }
            }
        });
    }
    writers.join_all().await;
    tell("end", "of work");
}

fn tell(word: &str, text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{word} {text}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

async fn assert_all_there_once(store: &Store, promised: &BTreeSet<String>) {
    assert!(store.flush(Duration::from_mins(1)).await, "{:?}", store.spool_status());
    let mut found = BTreeSet::new();
    let mut after = None;
    loop {
        let page = store.list(&SignalFilter::default(), 1_000, after.as_ref()).await.unwrap();
        for signal in page.items {
            assert!(found.insert(signal.id), "a row stands twice");
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let missing: Vec<&String> = promised.difference(&found).collect();
    assert!(missing.is_empty(), "{} of {} promised rows are missing", missing.len(), promised.len());
    let sizes = store.sizes().await.unwrap();
    assert_eq!(sizes.outcomes, 3 * sizes.signals);
    let alerts = store.alerts(u32::MAX).await.unwrap();
    assert_eq!(alerts.len() as u64, sizes.signals);
    let log = store.verify_log().await.unwrap();
    assert!(log.is_whole() && log.entries == sizes.signals, "{log:?}");
    eprintln!("{:?}: {} promised, {} stored", store.backend(), promised.len(), found.len());
}

async fn every_promised_row_survives_kills(place: Place) {
    let dir = place.spool_dir();
    let mut promised = BTreeSet::new();
    for round in 0..8_u64 {
        let variables = [(CHILD_URL, place.url.as_str()), (CHILD_DIR, dir.to_str().unwrap())];
        let mut process = child("spool::writes_as_a_child", &variables).spawn().unwrap();
        let is_promise = |(word, id): (String, String)| (word == "promised").then_some(id);
        let mut lines = lines_of(&mut process).filter_map(is_promise);
        promised.insert(lines.next().expect("the child promised nothing"));
        // From just after the first promise to well into the work, off any rhythm of the program.
        let pause = Duration::from_micros((round * 37_003 + u64::from(rand::random::<u16>())) % 250_000);
        let reader = std::thread::spawn(move || lines.collect::<Vec<_>>());
        tokio::time::sleep(pause).await;
        process.kill().unwrap();
        process.wait().unwrap();
        promised.extend(reader.join().unwrap());
    }
    let store = place.open().await;
    assert_all_there_once(&store, &promised).await;
    store.close().await;
}

async fn torn_and_unreadable_lines_do_not_stop_the_others(place: Place) {
    let store = place.open().await;
    store.save(signal("a", "BTC", NOON)).await.unwrap();
    store.save(signal("b", "BTC", NOON)).await.unwrap();
    store.clear(true).await.unwrap();
    store.close().await;
    // The two whole lines stand again, unloaded, with rubbish between them and a torn end.
    std::fs::remove_file(place.spool_dir().join("loaded.json")).unwrap();
    let file = day_file(&place.spool_dir());
    let text = std::fs::read_to_string(&file).unwrap();
    let (first, second) = text.split_once('\n').unwrap();
    let half = &first[..first.len() / 2];
    std::fs::write(&file, format!("{first}\n{{\"rubbish\n\0\0\0\n{second}{half}")).unwrap();

    let store = place.open().await;
    assert_eq!(store.spool_status().written, 4);
    assert!(store.flush(Duration::from_secs(10)).await);
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 2);
    let status = store.spool_status();
    assert_eq!((status.refused, status.pending), (2, 0));
    let kept = std::fs::read_to_string(place.spool_dir().join("refused.jsonl")).unwrap();
    assert_eq!(kept.lines().count(), 2);
    // The torn end is gone, and the next line stands on its own.
    store.save(signal("c", "BTC", NOON)).await.unwrap();
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 3);
    store.close().await;
}

async fn a_full_disk_makes_no_promise(place: Place) {
    // The child may write files of at most 1 MiB, which stops its spool, and SQLite's file as well.
    let dir = place.spool_dir();
    let inner = child("spool::writes_as_a_child", &[]);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$@\"", "sh"]);
    command.arg(inner.get_program()).args(inner.get_args());
    command.env(CHILD_URL, &place.url).env(CHILD_DIR, &dir).env(CHILD_PADDING, "20000");
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (mut promised, mut refused) = (BTreeSet::new(), BTreeSet::new());
    let start = Instant::now();
    for (word, id) in lines_of(&mut process) {
        assert!(start.elapsed() < Duration::from_mins(1));
        match word.as_str() {
            "promised" => promised.insert(id),
            "full" => refused.insert(id),
            "failed" => panic!("a row was refused otherwise: {id}"),
            "end" => break,
            _ => false,
        };
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(
        promised.len() > 20 && !refused.is_empty(),
        "{} promised, {} refused",
        promised.len(),
        refused.len()
    );
    let store = place.open().await;
    assert_all_there_once(&store, &promised).await;
    for id in &refused {
        assert!(store.get(id).await.unwrap().is_none(), "a refused row came back");
    }
    store.save(signal("after", "BTC", NOON)).await.unwrap();
    store.close().await;
}

/// A file system of a few pages; needs the right to mount.
struct TinyDisk(std::path::PathBuf);

impl TinyDisk {
    fn mount(at: std::path::PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(at))
    }

    fn grow(&self) {
        let mut mount = Command::new("mount");
        assert!(mount.args(["-o", "remount,size=4m"]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

async fn the_spool_takes_rows_again_when_there_is_room(place: Place) {
    let Some(disk) = TinyDisk::mount(place.dir.path().join("spool")) else {
        eprintln!("skipped: no right to mount a small file system");
        return;
    };
    let store = place.open().await;
    let large = |id: &str| {
        let extra = Some(json(&serde_json::json!({"padding": "x".repeat(9_000)})));
        NewSignal { extra, ..signal(id, "BTC", NOON) }
    };
    let mut promised = BTreeSet::new();
    let mut refused = 0;
    for number in 0..12 {
        let id = format!("s{number}");
        match store.save(large(&id)).await {
            Ok(_) => drop(promised.insert(id)),
            Err(fault) => {
                assert!(matches!(fault, StoreError::SpoolFull { .. }), "{fault:?}");
                refused += 1;
            }
        }
    }
    assert!(promised.len() >= 3 && refused >= 3, "{} promised, {refused} refused", promised.len());
    assert!(store.spool_status().write_error.unwrap().contains("the disk is full"));
    disk.grow();
    promised.insert(store.save(large("after")).await.unwrap().id);
    assert_eq!(store.spool_status().write_error, None);
    assert_all_there_once(&store, &promised).await;
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), promised.len() as u64);
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.spool_status().written, 0);
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), promised.len() as u64);
    store.close().await;
}

async fn what_cannot_be_written_is_told_until_it_can(place: Place) {
    let store = place.open().await;
    // A folder stands where the day's file belongs.
    let file = day_file(&place.spool_dir());
    std::fs::create_dir(&file).unwrap();
    let fault = store.save(signal("a", "BTC", NOON)).await.unwrap_err();
    assert_eq!(store.spool_status().write_error, Some(fault.to_string()));
    let recovers = async |limit: Duration| {
        let start = Instant::now();
        while store.spool_status().write_error.is_some() && start.elapsed() < limit {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        store.spool_status().write_error.is_none()
    };
    assert!(!recovers(Duration::from_secs(3)).await, "asking alone must not clear it");
    std::fs::remove_dir(&file).unwrap();
    // Without another row: who is not ready is sent none.
    assert!(recovers(Duration::from_secs(10)).await);
    assert_eq!(std::fs::metadata(&file).unwrap().len(), 0, "a try leaves nothing behind");
    store.save(signal("b", "BTC", NOON)).await.unwrap();
    assert_eq!(store.count(&SignalFilter::default()).await.unwrap(), 1);
    store.close().await;
}

async fn two_processes_share_a_folder(place: Place) {
    let first = place.open().await;
    let second = place.open().await;
    first.save(signal("a", "BTC", NOON)).await.unwrap();
    second.save(signal("b", "BTC", NOON)).await.unwrap();
    assert_eq!(first.count(&SignalFilter::default()).await.unwrap(), 2);
    assert!(place.spool_dir().join("signals-2026-11-20.2.jsonl").exists());
    first.close().await;
    second.close().await;
    let third = place.open().await;
    assert_eq!(third.spool_status().written, 0);
    third.close().await;
}

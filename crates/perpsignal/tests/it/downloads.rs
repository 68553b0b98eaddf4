use serde_json::{Value, json};

use crate::program::{Answer, Place, Server};

const ROWS: usize = 1_203;

/// A live configuration whose providers are at a port of nobody: nothing outside is called.
fn nowhere() -> String {
    let names = ["binance", "okx", "bybit", "coinglass", "lunarcrush", "coinapi", "coingecko", "fear_greed"];
    let section = |name: &&str| {
        let stream = match *name {
            "binance" | "okx" | "bybit" => "stream_url = \"ws://127.0.0.1:9\"\n",
            _ => "",
        };
        format!("[providers.{name}]\nbase_url = \"http://127.0.0.1:9\"\n{stream}")
    };
    names.iter().map(section).collect()
}

fn older(number: usize) -> Value {
    let at = format!("2025-{:02}-{:02}T{:02}:00:00Z", 1 + number / 600, 1 + number / 24 % 25, number % 24);
    json!({"id": format!("older-{number:04}"), "saved_at": at, "data": {
        "symbol": if number.is_multiple_of(2) { "BTC" } else { "ETH" }, "timestamp": at, "signal": "LONG",
        "score": 50.0 + (number % 50) as f64, "confidence": "medium", "price": 1.5,
        "reasons": [format!("=HYPERLINK(\"http://x\",\"{number}\")"), "two, \"quoted\"\nlines"]}})
}

async fn filled(place: &Place) -> Server {
    let rows: Vec<Value> = (0..ROWS).map(older).collect();
    let file = place.write("older.json", &json!(rows).to_string());
    place.write("perpsignal.toml", &nowhere());
    place.run(["import", file.to_str().unwrap()]).await.done();
    place.serve(&[]).await
}

/// The lines of a download, the first with the names of the columns.
fn lines(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    assert!(answer.text.ends_with("\r\n"));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(answer.text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn every_stored_signal_can_be_downloaded() {
    let place = Place::new();
    let server = filled(&place).await;
    let whole = server.get("/analytics/export").await;
    let rows = lines(&whole);
    let head = &rows[0];
    assert_eq!(rows.len(), 1 + ROWS, "all parts, and the names of the columns once");
    assert_eq!((head[0].as_str(), head.len()), ("id", 21 + 3 * 14));
    let column = |name: &str| head.iter().position(|each| each == name).unwrap();
    let (id, at, reasons) = (column("id"), column("timestamp"), column("reasons"));
    let ids: std::collections::BTreeSet<&str> = rows[1..].iter().map(|row| row[id].as_str()).collect();
    assert_eq!(ids.len(), ROWS);
    assert!(rows[1..].is_sorted_by(|one, other| one[at] >= other[at]), "newest first");
    assert!(rows[1..].iter().all(|row| row[reasons].starts_with("'=HYPERLINK(\"http")), "no formula");
    assert!(rows[1][reasons].ends_with("two, \"quoted\"\nlines"));
    assert!(rows[1][column("outcome_4h")].is_empty(), "older history is not judged");
    assert!(whole.headers["content-disposition"].to_str().unwrap().contains("analytics_export.csv"));
    // The same of another door, of a time, of a coin, of the version's path.
    assert_eq!(server.get("/v1/history/signals?format=csv").await.text, whole.text);
    let january = lines(&server.get("/analytics/export?start_date=2025-01-01&end_date=2025-02-01").await);
    assert_eq!(january.len(), 1 + 600);
    let bitcoin = lines(&server.get("/analytics/history/BTC?format=csv").await);
    assert_eq!(bitcoin.len(), 1 + ROWS.div_ceil(2));
    let none = lines(&server.get("/analytics/outcomes-history?format=csv").await);
    assert_eq!((none.len(), none[0][0].as_str()), (1, "signal_id"));
    assert_eq!(lines(&server.get("/analytics/export?period=7d").await).len(), 1);
}

#[tokio::test]
async fn a_download_can_be_had_in_parts() {
    let place = Place::new();
    let server = filled(&place).await;
    let whole = server.get("/history/signals?format=csv&min_score=70").await.text;
    let (mut joined, mut cursor, mut parts) = (String::new(), String::new(), 0);
    loop {
        let part = server.get(&format!("/history/signals?format=csv&min_score=70&limit=250{cursor}")).await;
        assert_eq!(part.status, 200);
        joined.push_str(&part.text);
        parts += 1;
        let Some(next) = part.headers.get("x-next-cursor") else { break };
        cursor = format!("&cursor={}", next.to_str().unwrap());
    }
    assert_eq!((joined == whole, parts), (true, 3));
    // Rows as JSON are as before, and a wrong cursor is a problem in either form.
    let page = server.get("/history/signals").await.ok();
    assert_eq!((page["signals"].as_array().unwrap().len(), &page["total"]), (50, &json!(ROWS)));
    for path in ["/analytics/export?cursor=x", "/history/signals?format=csv&cursor=x"] {
        let refused = server.get(path).await;
        assert!((400..500).contains(&refused.status) && refused.json()["fields"][0]["field"] == "cursor");
    }
    server.get("/history/signals?format=xml").await.problem(400, "bad_argument");
    // Where only JSON travels, the lines are a text in it.
    let args = json!({"operation": "analytics.export", "args": {"limit": 2}});
    let told = server.post("/invoke", &args).await.ok();
    assert_eq!(told["data"]["csv"].as_str().unwrap().matches("older-").count(), 2);
    let args =
        json!({"operation": "analytics.export", "args": {"limit": 2, "cursor": told["data"]["nextCursor"]}});
    let next = server.post("/invoke", &args).await.ok();
    assert!(next["data"]["csv"].as_str().unwrap().starts_with("older-"));
}

#[tokio::test]
async fn usual_ranges_are_those_of_their_dates() {
    let place = Place::new();
    let server = filled(&place).await;
    let all = server.get("/history/statistics?period=all").await.ok();
    assert_eq!(all["total"], json!(ROWS));
    assert_eq!(server.get("/analytics/summary?period=90d").await.ok()["signals"]["total"], json!(0));
    let dated = server.get("/history/statistics?period=7d&start_date=2025-01-01").await.ok();
    assert_eq!(dated["total"], all["total"], "a date goes before a period");
    let factors = server.get("/analytics/performance/summary?by=factor,hour&period=30d").await.ok();
    assert_eq!((&factors["basedOn"], factors["groups"].as_array().unwrap().len()), (&json!(0), 0));
    server.get("/analytics/summary?period=8d").await.problem(400, "bad_argument");
}

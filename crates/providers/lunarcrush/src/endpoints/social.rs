//! Topics, categories, creators and posts.

use super::endpoints;
use super::params::{
    BUCKET, CATEGORY as CATEGORY_PARAM, CREATOR_ID, END, INTERVAL, NETWORK, POST_ID, POST_TYPE, START,
    TOPIC as TOPIC_PARAM,
};

endpoints! {
    /// Topics by rank (1 is first), with the rank an hour and a day ago, contributors, posts and
    /// interactions of 24 h.
    TOPICS_LIST = ANY, TEN_MINUTES, "topics_list", "/public/topics/list/v1", &[];

    /// One topic: rank, trend (up, down, flat), related topics, posts, interactions and sentiment (0-100)
    /// per network, contributors of 24 h. No overall sentiment.
    TOPIC = ANY, MINUTE, "topic", "/public/topic/{topic}/v1", &[TOPIC_PARAM];

    /// A paragraph on what is said about a topic, written by a model: not to be trusted.
    TOPIC_WHATSUP = ANY, HOUR, "topic_whatsup", "/public/topic/{topic}/whatsup/v1", &[TOPIC_PARAM];

    /// One topic over time (newer form): interactions, posts, contributors, sentiment (0-100). Times are the
    /// bucket's start in seconds; the last bucket is still running.
    TOPIC_TIME_SERIES_V2 = ANY, TEN_MINUTES, "topic_time_series_v2", "/public/topic/{topic}/time-series/v2",
        &[TOPIC_PARAM, BUCKET];

    /// One topic over time, with range: interactions, posts, contributors, sentiment (0-100). Times are the
    /// bucket's start in seconds; the last bucket is still running.
    TOPIC_TIME_SERIES_V1 = ANY, TEN_MINUTES, "topic_time_series_v1", "/public/topic/{topic}/time-series/v1",
        &[TOPIC_PARAM, BUCKET, INTERVAL, START, END];

    /// Top posts on a topic, of 24 h or of whole days: link, author, followers, interactions, sentiment
    /// (1-5). The texts are third parties'.
    TOPIC_POSTS = ANY, TEN_MINUTES, "topic_posts", "/public/topic/{topic}/posts/v1",
        &[TOPIC_PARAM, START, END];

    /// Top news on a topic: title, link, source, interactions, sentiment (1-5). The texts are third parties'.
    TOPIC_NEWS = ANY, TEN_MINUTES, "topic_news", "/public/topic/{topic}/news/v1", &[TOPIC_PARAM];

    /// Creators with most influence on a topic: name, followers, rank, interactions of 24 h.
    TOPIC_CREATORS = ANY, TEN_MINUTES, "topic_creators", "/public/topic/{topic}/creators/v1", &[TOPIC_PARAM];

    /// Categories by rank, with the rank an hour and a day ago, social dominance (percent), contributors,
    /// posts and interactions of 24 h.
    CATEGORIES_LIST = ANY, TEN_MINUTES, "categories_list", "/public/categories/list/v1", &[];

    /// One category: trend, related topics, posts, interactions and sentiment (0-100) per network.
    CATEGORY = ANY, TEN_MINUTES, "category", "/public/category/{category}/v1", &[CATEGORY_PARAM];

    /// A category's topics by rank, with social dominance (percent). A topic's name may be a number.
    CATEGORY_TOPICS = ANY, TEN_MINUTES, "category_topics", "/public/category/{category}/topics/v1",
        &[CATEGORY_PARAM];

    /// One category over time: interactions, posts, contributors, sentiment (0-100). Times are the bucket's
    /// start in seconds; the last bucket is still running.
    CATEGORY_TIME_SERIES = ANY, TEN_MINUTES, "category_time_series",
        "/public/category/{category}/time-series/v1", &[CATEGORY_PARAM, BUCKET, INTERVAL, START, END];

    /// Top posts in a category, of 24 h or of whole days. The texts are third parties'.
    CATEGORY_POSTS = ANY, TEN_MINUTES, "category_posts", "/public/category/{category}/posts/v1",
        &[CATEGORY_PARAM, START, END];

    /// Top news in a category. The texts are third parties'.
    CATEGORY_NEWS = ANY, TEN_MINUTES, "category_news", "/public/category/{category}/news/v1",
        &[CATEGORY_PARAM];

    /// Creators with most influence in a category: name, followers, rank, interactions of 24 h.
    CATEGORY_CREATORS = ANY, TEN_MINUTES, "category_creators", "/public/category/{category}/creators/v1",
        &[CATEGORY_PARAM];

    /// Creators by rank over all networks: name, network, followers, posts, interactions of 24 h.
    CREATORS_LIST = ANY, TEN_MINUTES, "creators_list", "/public/creators/list/v1", &[];

    /// One creator: followers, rank (a number or text), interactions of 24 h, the topics they are heard on.
    CREATOR = ANY, TEN_MINUTES, "creator", "/public/creator/{network}/{id}/v1", &[NETWORK, CREATOR_ID];

    /// One creator over time: followers, interactions, posts, rank. Times in seconds.
    CREATOR_TIME_SERIES = ANY, TEN_MINUTES, "creator_time_series",
        "/public/creator/{network}/{id}/time-series/v1", &[NETWORK, CREATOR_ID, BUCKET, INTERVAL, START, END];

    /// One creator's top posts, of 24 h or of whole days. The texts are third parties'.
    CREATOR_POSTS = ANY, TEN_MINUTES, "creator_posts", "/public/creator/{network}/{id}/posts/v1",
        &[NETWORK, CREATOR_ID, START, END];

    /// One post: text, author, counts per kind of interaction, topics. The text is a third party's.
    POST = ANY, TEN_MINUTES, "post", "/public/posts/{post_type}/{post_id}/v1", &[POST_TYPE, POST_ID];

    /// One post's interactions over time. Times are text, in seconds.
    POST_TIME_SERIES = ANY, TEN_MINUTES, "post_time_series",
        "/public/posts/{post_type}/{post_id}/time-series/v1", &[POST_TYPE, POST_ID];
}

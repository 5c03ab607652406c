//! Strangers learn nothing personal: every personal column holds a marker, every anonymous route is read.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use domain_catalog::Verification;
use serde_json::Value;

use crate::support::people::{course, mentor, person};
use crate::support::server::Served;
use crate::support::stores::Stores;

/// Puts the marker into every column that may hold something about a person, for a listed mentor and a student.
const MARK: &str = "
    UPDATE users SET email = id || '-PERSONAL@example.org', password = 'PERSONAL',
        name = CASE WHEN id = 'ravi' THEN 'Ravi PERSONAL' ELSE 'PERSONAL' END;
    UPDATE mentor_profiles SET full_name = 'PERSONAL', profile_photo_url = 'PERSONAL', linkedin_url = 'PERSONAL',
        company = 'PERSONAL', college = 'PERSONAL', degree = 'PERSONAL', branch = 'PERSONAL', profession = 'PERSONAL',
        highest_qualification = 'PERSONAL', current_year = 'PERSONAL', \"current_role\" = 'PERSONAL';
    INSERT INTO student_profiles (user_id) VALUES ('asha') ON CONFLICT DO NOTHING;
    UPDATE student_profiles SET full_name = 'PERSONAL', bio = 'PERSONAL', phone = 'PERSONAL', interests = '{PERSONAL}',
        career_goals = 'PERSONAL', school_or_college = 'PERSONAL', linkedin_url = 'PERSONAL', github_url = 'PERSONAL',
        portfolio_url = 'PERSONAL', twitter_url = 'PERSONAL', website_url = 'PERSONAL', gpa = 'PERSONAL',
        profile_photo_url = 'PERSONAL', date_of_birth = '1999-09-09';
    INSERT INTO sessions (id, student_id, mentor_id, course_id, session_type, scheduled_at, status, skill_name, student_message)
        SELECT '1', 'asha', 'ravi', id, 'basic', '2026-11-30', 'SCHEDULED', title, 'PERSONAL' FROM courses LIMIT 1;
    INSERT INTO session_messages (session_id, sender_id, sender_role, content)
        VALUES ('1', 'asha', 'STUDENT', 'PERSONAL');
    UPDATE mentor_tests SET feedback = 'PERSONAL', analysis = '[\"PERSONAL\"]', strengths = '{PERSONAL}';";

#[tokio::test]
async fn no_anonymous_route_shows_anything_personal() {
    let stores = Stores::postgres().await;
    let (java, _) = course(&stores, "Java").await;
    mentor(&stores, "ravi", java, Verification::Full).await;
    person(&stores, "asha", domain_kernel::Role::Student).await;
    let mut conn = AsyncPgConnection::establish(stores.url.as_deref().unwrap()).await.unwrap();
    conn.batch_execute(MARK).await.unwrap();
    let served = Served::over(stores);
    let document = served.get("/openapi.json", None).await.json();
    let mut read = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        // Demo mode's mailbox is personal by nature, and not there in production.
        if item["get"].is_null() || template.starts_with("/dev/") {
            continue;
        }
        for id in ["1", "ravi", "asha"] {
            let path = template.replace("{id}", id)
                + if template.ends_with("/dates") {
                    "?mentor_id=ravi&date=2026-11-30&time=10:00"
                } else {
                    ""
                };
            let answer = served.get(&path, None).await;
            for marker in ["PERSONAL", "1999-09-09", "@example.org"] {
                assert!(!answer.text.contains(marker), "{path} shows {marker}: {}", answer.text);
            }
            if answer.status == 200 {
                read.push(path);
            }
        }
    }
    let shown: Value = served.get("/api/v1/mentors/ravi", None).await.json();
    assert_eq!(shown["name"], "Ravi P.", "the crawl read what there is: {read:?}");
    assert!(read.len() > 6, "the crawl read only {read:?}");
}

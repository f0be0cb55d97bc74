//! Kinds of match, positions, and properties of the order.

use proptest::prelude::*;

use super::*;

fn candidate(title: &str, others: &[(Field, &str)]) -> Candidate {
    let others = others.iter().map(|(field, text)| (*field, Text::new(text))).collect();
    Candidate::new(Text::new(title), others)
}

fn order<'a>(titles: &[&'a str], query: &str) -> Vec<&'a str> {
    let candidates: Vec<_> = titles.iter().map(|title| candidate(title, &[])).collect();
    let needle = Needle::new(query);
    let ranked = Ranker::default().rank(&candidates, &needle, 10, |_| 0);
    ranked.into_iter().map(|ranked| titles[ranked.index]).collect()
}

#[test]
fn kinds_of_match_come_in_the_order_of_the_table() {
    let titles = ["Letter Overview", "Palette", "Flea Tuner", "Letter", "Big Letter", "Lime Tea", "Letters"];
    assert_eq!(
        order(&titles, "letter"),
        ["Letter", "Letter Overview", "Letters", "Big Letter"],
        "exact, prefix ending a word, prefix, later word"
    );
    assert_eq!(order(&["Alt", "Lime Tea"], "lt"), ["Lime Tea", "Alt"], "initials before letters");
    assert_eq!(order(&["GNU Image Manipulation Program", "GIMP"], "gimp")[0], "GIMP");
}

#[test]
fn a_small_mistake_still_finds_it() {
    for (query, title) in [("firfox", "Firefox"), ("termnal", "Terminal"), ("libreofice", "LibreOffice Writer")] {
        assert_eq!(order(&[title, "Something Else Entirely"], query), [title]);
    }
    assert_eq!(order(&["Firefox"], "xof"), [""; 0]);
}

#[test]
fn positions_show_what_matched() {
    let table: [(&str, &str, &[u32]); 9] = [
        ("Calculator", "cal", &[0, 1, 2]),
        ("LibreOffice Calc", "calc", &[12, 13, 14, 15]),
        ("LibreOffice Calc", "lo calc", &[0, 5, 12, 13, 14, 15]),
        ("Firefox", "ff", &[0, 4]),
        ("Über den Wolken", "uber", &[0, 1, 2, 3]),
        ("Visual Studio Code", "studio code", &[7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]),
        ("日本語 入力", "入力", &[4, 5]),
        ("e\u{301}diteur", "dit", &[2, 3, 4]),
        ("Photoshop", "zzz", &[]),
    ];
    for (title, query, expected) in table {
        let positions = Ranker::default().positions(&Text::new(title), &Needle::new(query));
        assert_eq!(positions, expected, "{query} in {title}");
    }
}

#[test]
fn strict_candidates_need_their_title() {
    let action = candidate("New Window", &[(Field::Generic, "Firefox")]).strict();
    let finds =
        |query: &str| !Ranker::default().rank(std::slice::from_ref(&action), &Needle::new(query), 1, |_| 0).is_empty();
    assert!(finds("new"));
    assert!(finds("firefox win"));
    assert!(finds("nw"));
    assert!(!finds("firefox"));
    assert!(!finds("nwndw"));
}

#[test]
fn where_nothing_is_typed_everything_is_found_and_what_is_lifted_first() {
    let candidates = ["a", "b", "c", "d"].map(|title| candidate(title, &[]).strict());
    for query in ["", " "] {
        let needle = Needle::new(query);
        let ranked = Ranker::default().rank(&candidates, &needle, 3, |nth| if nth == 2 { 1 } else { 0 });
        assert_eq!(ranked.iter().map(|ranked| ranked.index).collect::<Vec<_>>(), [2, 0, 1]);
        assert_eq!(Ranker::default().positions(candidates[0].title(), &needle), [0; 0]);
    }
}

proptest! {
    #[test]
    fn never_panics_and_positions_are_valid(
        titles in proptest::collection::vec("\\PC{0,24}", 1..12),
        query in "\\PC{0,12}",
    ) {
        let needle = Needle::new(&query);
        let candidates: Vec<_> =
            titles.iter().map(|title| candidate(title, &[(Field::Generic, &query)])).collect();
        let mut ranker = Ranker::default();
        let ranked = ranker.rank(&candidates, &needle, 100, |_| 0);
        let key = |ranked: &Ranked| (Reverse(ranked.score), ranked.index);
        prop_assert!(ranked.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
        prop_assert_eq!(&ranked, &ranker.rank(&candidates, &needle, 100, |_| 0));
        let few = ranker.rank(&candidates, &needle, 3, |_| 0);
        prop_assert_eq!(&ranked[..ranked.len().min(3)], &few[..]);
        for title in &titles {
            let positions = ranker.positions(&Text::new(title), &needle);
            let length = title.chars().count() as u32;
            prop_assert!(positions.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(positions.iter().all(|position| *position < length));
        }
    }

    #[test]
    fn passing_over_candidates_changes_no_result(
        made in proptest::collection::vec(
            ("[abAB ]{0,9}", "[ab ]{0,6}", "[abc ]{0,6}", -200..200_i64, 0..360_i64, any::<bool>()), 1..40,
        ),
        query in "[abc ]{0,5}",
        limit in 0..9_usize,
    ) {
        let needle = Needle::new(&query);
        let candidates: Vec<_> = made.iter().map(|(title, generic, keyword, base, _, strict)| {
            let others = [(Field::Generic, generic.as_str()), (Field::Keyword, keyword), (Field::Program, generic)];
            let candidate = candidate(title, &others).with_base(*base);
            if *strict { candidate.strict() } else { candidate }
        }).collect();
        let mut ranker = Ranker::default();
        let all = ranker.rank(&candidates, &needle, usize::MAX, |nth| made[nth].4);
        let some = ranker.rank(&candidates, &needle, limit, |nth| made[nth].4);
        prop_assert_eq!(&all[..all.len().min(limit)], &some[..]);
    }

    #[test]
    fn every_title_is_found_by_itself(title in "\\PC{1,24}") {
        let needle = Needle::new(&title);
        prop_assume!(!needle.is_anything());
        let shown = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let ranked = Ranker::default().rank(&[candidate(&shown, &[])], &needle, 1, |_| 0);
        prop_assert_eq!(ranked.len(), 1);
        prop_assert_eq!(ranked[0].score, EXACT);
    }
}

//! The published JSON Schema: what the types say, with the ranges that the loader checks.

use serde_json::{Map, Value, json};

use super::schema::Config;
use super::values::ranges;

/// The JSON Schema (2020-12) of the configuration.
pub fn schema_json() -> String {
    let mut schema = schemars::schema_for!(Config).to_value();
    for (key, _, range) in ranges(&Config::default()) {
        let Some(property) = property(&mut schema, key) else { continue };
        match range.also {
            None => {
                property.insert("minimum".into(), number(range.least));
                property.insert("maximum".into(), number(range.most));
            }
            Some(also) => {
                property.remove("minimum");
                let within = json!({ "minimum": number(range.least), "maximum": number(range.most) });
                property.insert("anyOf".into(), json!([within, { "const": number(also) }]));
            }
        }
    }
    shorten(&mut schema);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

/// The property of a section, `section.name`.
fn property<'a>(schema: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    let (section, name) = key.split_once('.')?;
    let definition = schema["properties"][section]["$ref"].as_str()?.strip_prefix('#')?.to_owned();
    schema.pointer_mut(&definition)?["properties"][name].as_object_mut()
}

/// Whole numbers without a point, as people write them.
fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}

/// Numbers that are kept with fewer digits are written with those that they have: 0.18, not 0.18000000715255737.
fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        Value::Number(found) => {
            #[expect(clippy::cast_possible_truncation, reason = "it came from such a number")]
            let short = found.as_f64().map(|long| (long, (long as f32).to_string()));
            if let Some((long, short)) = short
                && found.is_f64()
                && let Ok(short) = short.parse::<f64>()
                && (short - long).abs() < 1e-6
            {
                *value = number(short);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_that_is_checked_is_published() {
        let schema: Value = serde_json::from_str(&schema_json()).unwrap();
        for (key, default, range) in ranges(&Config::default()) {
            let mut schema = schema.clone();
            let property = property(&mut schema, key).unwrap_or_else(|| panic!("{key} is not in the schema"));
            let within = property.get("anyOf").map_or(&json!(property), |any| &any[0]).clone();
            let (least, most) = (within["minimum"].as_f64(), within["maximum"].as_f64());
            assert_eq!((least, most), (Some(range.least), Some(range.most)), "{key}");
            assert!(range.contains(&default), "{key}");
        }
    }

    #[test]
    fn numbers_are_written_with_the_digits_they_have() {
        let text = schema_json();
        assert!(text.contains("\"default\": 0.18,") && text.contains("\"default\": 720,"), "{text}");
    }
}

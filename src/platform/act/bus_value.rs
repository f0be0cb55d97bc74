//! Values of D-Bus out of JSON, by their signature, and back as JSON for a model.

use serde_json::{Map, Value as Json, json};
use zbus::zvariant::{Array, Dict, ObjectPath, Signature, Structure, StructureBuilder, Value};

/// How deep values may nest; the bus allows 64.
const DEPTH: usize = 32;

/// The arguments of a call, by the types that the method has.
///
/// # Errors
/// In words: which argument does not fit.
pub(super) fn arguments(signature: &str, json: &str) -> Result<Option<Structure<'static>>, String> {
    let Json::Array(given) = serde_json::from_str(json).map_err(|error| error.to_string())? else {
        return Err("the arguments are no list".into());
    };
    let wrong = |error: zbus::zvariant::Error| format!("the types {signature:?} can't be read: {error}");
    let types: Vec<Signature> = match signature {
        "" => Vec::new(),
        some => match Signature::try_from(format!("({some})").as_str()).map_err(|error| wrong(error.into()))? {
            Signature::Structure(fields) => fields.iter().cloned().collect(),
            _ => return Err(format!("the types {signature:?} can't be read")),
        },
    };
    if types.len() != given.len() {
        return Err(format!("the method takes {} arguments ({signature}), not {}", types.len(), given.len()));
    }
    if types.is_empty() {
        return Ok(None);
    }
    let mut built = StructureBuilder::new();
    for (at, (kind, json)) in types.iter().zip(&given).enumerate() {
        built.push_value(value(kind, json, DEPTH).map_err(|why| format!("argument {}: {why}", at + 1))?);
    }
    built.build().map(Some).map_err(wrong)
}

fn value(kind: &Signature, json: &Json, depth: usize) -> Result<Value<'static>, String> {
    let wrong = || format!("{json} is no {kind}");
    let Some(depth) = depth.checked_sub(1) else { return Err("it nests too deep".into()) };
    macro_rules! whole {
        ($variant:ident, $read:ident) => {
            json.$read().and_then(|number| number.try_into().ok()).map(Value::$variant).ok_or_else(wrong)
        };
    }
    match kind {
        Signature::U8 => whole!(U8, as_u64),
        Signature::U16 => whole!(U16, as_u64),
        Signature::U32 => whole!(U32, as_u64),
        Signature::U64 => whole!(U64, as_u64),
        Signature::I16 => whole!(I16, as_i64),
        Signature::I32 => whole!(I32, as_i64),
        Signature::I64 => whole!(I64, as_i64),
        Signature::F64 => json.as_f64().map(Value::F64).ok_or_else(wrong),
        Signature::Bool => json.as_bool().map(Value::Bool).ok_or_else(wrong),
        Signature::Str => json.as_str().map(|text| Value::Str(text.to_owned().into())).ok_or_else(wrong),
        Signature::ObjectPath => {
            let path = json.as_str().and_then(|text| ObjectPath::try_from(text.to_owned()).ok());
            path.map(Value::ObjectPath).ok_or_else(wrong)
        }
        Signature::Signature => {
            let read = json.as_str().and_then(|text| Signature::try_from(text).ok());
            read.map(Value::Signature).ok_or_else(wrong)
        }
        Signature::Variant => variant(json, depth).map(|inner| Value::Value(Box::new(inner))),
        Signature::Array(item) => {
            let items = json.as_array().ok_or_else(wrong)?;
            let mut array = Array::new(item);
            for json in items {
                array.append(value(item, json, depth)?).map_err(|error| error.to_string())?;
            }
            Ok(Value::Array(array))
        }
        Signature::Dict { key, value: item } => {
            let entries = json.as_object().ok_or_else(wrong)?;
            let mut dict = Dict::new(key, item);
            for (name, json) in entries {
                let name = match key.signature() {
                    Signature::Str | Signature::ObjectPath | Signature::Signature => Json::from(name.as_str()),
                    // JSON has only texts as keys.
                    _ => serde_json::from_str(name).map_err(|_| wrong())?,
                };
                let (name, item) = (value(key, &name, depth)?, value(item, json, depth)?);
                dict.append(name, item).map_err(|error| error.to_string())?;
            }
            Ok(Value::Dict(dict))
        }
        Signature::Structure(fields) => {
            let (kinds, items) = (fields.iter().collect::<Vec<_>>(), json.as_array().ok_or_else(wrong)?);
            if kinds.len() != items.len() {
                return Err(wrong());
            }
            let mut built = StructureBuilder::new();
            for (kind, json) in kinds.into_iter().zip(items) {
                built.push_value(value(kind, json, depth)?);
            }
            built.build().map(Value::Structure).map_err(|error| error.to_string())
        }
        _ => Err(format!("a value of the type {kind} can't be made of JSON")),
    }
}

/// `{"type": "u", "value": 3}`; texts, whole numbers and yes or no need no type.
fn variant(json: &Json, depth: usize) -> Result<Value<'static>, String> {
    match json {
        Json::String(text) => Ok(Value::Str(text.clone().into())),
        Json::Bool(yes) => Ok(Value::Bool(*yes)),
        Json::Number(_) if json.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => {
            value(&Signature::I32, json, depth)
        }
        Json::Object(fields) if fields.len() == 2 => {
            let (Some(kind), Some(inner)) = (fields.get("type").and_then(Json::as_str), fields.get("value")) else {
                return Err("a variant is {\"type\": …, \"value\": …}".into());
            };
            let kind = Signature::try_from(kind).map_err(|error| error.to_string())?;
            value(&kind, inner, depth)
        }
        _ => Err(format!("say the type of {json}: {{\"type\": …, \"value\": …}}")),
    }
}

/// A value as JSON.
pub(super) fn told(value: &Value<'_>) -> Json {
    match value {
        Value::U8(number) => json!(number),
        Value::Bool(yes) => json!(yes),
        Value::I16(number) => json!(number),
        Value::U16(number) => json!(number),
        Value::I32(number) => json!(number),
        Value::U32(number) => json!(number),
        Value::I64(number) => json!(number),
        Value::U64(number) => json!(number),
        Value::F64(number) => json!(number),
        Value::Str(text) => json!(text.as_str()),
        Value::Signature(signature) => json!(signature.to_string()),
        Value::ObjectPath(path) => json!(path.as_str()),
        Value::Value(inner) => told(inner),
        Value::Array(list) => Json::Array(list.iter().map(told).collect()),
        Value::Dict(dict) => {
            let entry = |(key, item): (&Value<'_>, &Value<'_>)| {
                let key = told(key);
                (key.as_str().map_or_else(|| key.to_string(), str::to_owned), told(item))
            };
            Json::Object(dict.iter().map(entry).collect::<Map<_, _>>())
        }
        Value::Structure(fields) => Json::Array(fields.fields().iter().map(told).collect()),
        // File descriptors, and what only other crates turn on.
        _ => json!("(what has no form in JSON)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        for (signature, json) in [
            ("", "[]"),
            ("s", r#"["x"]"#),
            ("ybnqiuxtd", "[255,true,-3,65535,-7,7,-9,9,1.5]"),
            ("o", r#"["/a/b"]"#),
            ("as", r#"[["a","b"]]"#),
            ("ay", "[[]]"),
            ("a{sv}", r#"[{"a":"x","b":3}]"#),
            ("a{us}", r#"[{"4":"four"}]"#),
            ("(si)u", r#"[["a",1],2]"#),
            ("susssasa{sv}i", r#"["a",0,"b","c","d",[],{},-1]"#),
        ] {
            let built = arguments(signature, json).unwrap_or_else(|why| panic!("{signature} {json}: {why}"));
            let back = built.map_or_else(|| json!([]), |built| told(&Value::Structure(built)));
            assert_eq!(back.to_string(), json, "{signature}");
        }
        let typed = arguments("v", r#"[{"type":"au","value":[1,2]}]"#).unwrap().unwrap();
        assert_eq!(typed.signature().to_string(), "(v)");
        assert_eq!(told(&Value::Structure(typed)).to_string(), "[[1,2]]");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        for (signature, json, said) in [
            ("s", "[3]", "argument 1"),
            ("y", "[256]", "256"),
            ("u", "[-1]", "-1"),
            ("s", "[]", "takes 1"),
            ("o", r#"["a"]"#, "argument 1"),
            ("v", "[[1]]", "type"),
            ("h", "[1]", "can't be made"),
            ("(si)", r#"[["a"]]"#, "argument 1"),
            ("s", "{}", "no list"),
        ] {
            let why = arguments(signature, json).unwrap_err();
            assert!(why.contains(said), "{signature} {json}: {why}");
        }
    }
}

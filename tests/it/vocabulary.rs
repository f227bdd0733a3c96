//! `auth.toml`: declared names work at run time, undeclared names do not compile, and a change of the file takes
//! effect.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use auth_runtime::testing::TestIssuer;

use crate::support::get_with;

#[tokio::test]
async fn roles_declared_in_auth_toml_are_ordered() {
    let issuer = TestIssuer::new();
    let app = auth_tests_vocabulary::routes().guarded_by(issuer.verifier().await).into_router();
    for (role, path, status, text) in [
        ("Owner", "/members/acme", 200, "Owner true"),
        ("Admin", "/members/acme", 200, "Admin true"),
        ("Member", "/members/acme", 200, "Member false"),
        ("Auditor", "/members/acme", 403, ""),
        ("Guest", "/members/acme", 403, ""),
        ("Owner", "/admins/acme", 200, "acme"),
        ("Member", "/admins/acme", 403, ""),
        ("Auditor", "/admins/acme", 403, ""),
        ("Auditor", "/auditors/acme", 200, "acme"),
        ("Owner", "/auditors/acme", 403, ""),
        ("Owner", "/policy/acme", 200, "acme"),
        ("Member", "/policy/acme", 403, ""),
        ("Auditor", "/policy/acme", 403, ""),
    ] {
        let token = issuer.token().org("acme", role).build();
        let answer = get_with(&app, path, &token).await;
        assert_eq!(answer.status, status, "{role} {path}: {answer:?}");
        assert!(status != 200 || answer.body == text, "{role} {path}: {answer:?}");
    }
}

#[test]
fn undeclared_names_do_not_compile_until_auth_toml_declares_them() {
    let literals = Copied::new("literals", "lib.rs");
    let declared = fs::read_to_string(literals.folder.join("auth.toml")).unwrap();
    compare("literals", &literals.check().unwrap_err());
    let consts = Copied::new("consts", "consts.rs");
    compare("consts", &consts.check().unwrap_err());
    // After they are declared, they compile, although no source file has changed.
    let all = with_all_names(&declared);
    for copied in [&literals, &consts] {
        copied.write(&all);
        copied.check().unwrap();
        copied.write(&declared);
        copied.check().unwrap_err();
        fs::remove_file(copied.folder.join("auth.toml")).unwrap();
        copied.check().unwrap();
    }
}

#[test]
fn two_crates_share_one_auth_toml() {
    let crates = ["one", "two"].map(|name| Copied::new(&format!("shared_{name}"), "lib.rs"));
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vocabulary_shared.toml");
    let declared = fs::read_to_string(crates[0].folder.join("auth.toml")).unwrap();
    for copied in &crates {
        fs::remove_file(copied.folder.join("auth.toml")).unwrap();
        let manifest = copied.folder.join("Cargo.toml");
        let named = "\n[package.metadata.auth]\nvocabulary = \"../vocabulary_shared.toml\"\n";
        fs::write(&manifest, fs::read_to_string(&manifest).unwrap() + named).unwrap();
    }
    for (text, compiles) in [(&declared, false), (&with_all_names(&declared), true), (&declared, false)] {
        fs::write(&shared, text).unwrap();
        for copied in &crates {
            let checked = copied.check();
            assert_eq!(checked.is_ok(), compiles, "{checked:?}");
        }
    }
}

/// The declarations of `vocabulary/misspelt/auth.toml`, and those names that its sources use without declaring them.
fn with_all_names(declared: &str) -> String {
    declared
        .replace(r#"["Auditor"]"#, "[]")
        .replace(r#"["Owner""#, r#"["Superuser", "Auditor", "Amdin", "Owner""#)
        .replace("billing", "biling")
        .replace("invoices:read", "invoices:write")
}

#[test]
fn a_malformed_auth_toml_is_one_error_line_per_attribute() {
    let copied = Copied::new("malformed", "lib.rs");
    copied.write("[roles]\nhierarchy = [\"Admin\",\n    \"Admin\"]\n");
    let errors = copied.check().unwrap_err();
    let lines: Vec<&str> = errors.lines().filter(|line| line.starts_with("error:")).collect();
    let line = "error: auth.toml:3: the role \"Admin\" is declared twice: remove one";
    // All six attributes except the public one.
    assert_eq!(lines[..5], [line; 5], "{errors}");
    assert!(lines[5..].iter().all(|line| line.contains("could not compile")), "{errors}");
}

/// A crate that is built separately, so that its files may change.
struct Copied {
    folder: PathBuf,
}

impl Copied {
    /// Copies `vocabulary/misspelt`, with that file as its root.
    fn new(name: &str, root: &str) -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = tests.parent().unwrap();
        let source = tests.join("vocabulary/misspelt");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("vocabulary_{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("src")).unwrap();
        let text = |path: &str| fs::read_to_string(source.join(path)).unwrap();
        // Two crates with the same name would replace each other in a shared target directory.
        let manifest = text("Cargo.toml").replace("\"misspelt\"", &format!("\"misspelt_{name}\""));
        let manifest = manifest.replace("../../..", workspace.to_str().unwrap());
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("auth.toml"), text("auth.toml")).unwrap();
        fs::write(folder.join("src/lib.rs"), text(&format!("src/{root}"))).unwrap();
        fs::write(folder.join("src/runtime.rs"), text("src/runtime.rs")).unwrap();
        for file in ["declared.rs", "need.rs", "reads.rs"] {
            let runtime = workspace.join("auth-runtime/src/policy");
            fs::create_dir_all(folder.join("src/runtime")).unwrap();
            fs::copy(runtime.join(file), folder.join("src/runtime").join(file)).unwrap();
        }
        fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Self { folder }
    }

    fn write(&self, vocabulary: &str) {
        fs::write(self.folder.join("auth.toml"), vocabulary).unwrap();
    }

    /// Compiles it, and returns the messages of rustc.
    fn check(&self) -> Result<(), String> {
        let output = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
            .args(["check", "--offline", "--quiet", "--color=never", "--target-dir"])
            .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("vocabulary"))
            .current_dir(&self.folder)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .output()
            .unwrap();
        if output.status.success() { Ok(()) } else { Err(String::from_utf8(output.stderr).unwrap()) }
    }
}

/// Compares with `vocabulary/misspelt/NAME.stderr`; `TRYBUILD=overwrite` writes it again.
fn compare(name: &str, errors: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("vocabulary/misspelt/{name}.stderr"));
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_str().unwrap();
    let errors = errors.replace(workspace, "$WORKSPACE");
    if env::var_os("TRYBUILD").is_some_and(|value| value == "overwrite") {
        fs::write(path, errors).unwrap();
    } else {
        assert_eq!(errors, fs::read_to_string(path).unwrap());
    }
}

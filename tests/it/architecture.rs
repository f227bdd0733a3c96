//! ARCHITECTURE.md is true: its tables list every top-level module of both crates and the modules that each one uses, a
//! module uses only modules below it, no two files of a crate use each other, and the items that it names are where it
//! says. Files follow the conventions of CONTRIBUTING.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::{Item, Meta, UseTree, Visibility};

/// A module by its path from the root of the crate. The path of the root is empty.
type ModulePath = Vec<String>;

#[test]
fn the_map_names_every_module_and_every_arrow_and_no_arrow_points_up() {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for name in ["auth-runtime", "auth-macros"] {
        let drawn = rows(&document, name);
        let found = Source::read(name).top_level();
        let names = |rows: &[(String, BTreeSet<String>)]| rows.iter().map(|row| row.0.clone()).collect::<BTreeSet<_>>();
        assert_eq!(names(&drawn), found.keys().cloned().collect(), "modules of {name}: drawn, then found");
        let wrong: Vec<_> = drawn.iter().filter(|(module, uses)| *uses != found[module]).collect();
        let right: Vec<_> = wrong.iter().map(|(module, _)| (module, &found[module])).collect();
        assert!(wrong.is_empty(), "what modules of {name} use: drawn {wrong:?}, found {right:?}");
        for (place, (module, uses)) in drawn.iter().enumerate() {
            let below = names(&drawn[place + 1..]);
            let up: Vec<_> = uses.difference(&below).collect();
            assert!(up.is_empty(), "`{module}` of {name} uses {up:?}, which are not below it");
        }
    }
}

#[test]
fn every_item_to_look_at_is_in_its_file() {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows = table(&document, "Where to look");
    assert!(rows.len() >= 10, "{rows:?}");
    for row in rows {
        let [file, item] = [1, 2].map(|column| quoted(&row[column]).remove(0));
        let text = fs::read_to_string(root().join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let is_declared = |line: &str| {
            let mut after = line.split(item.as_str()).skip(1);
            after.any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        };
        assert!(text.lines().any(is_declared), "{file} has no `{item}`");
    }
}

#[test]
fn modules_and_tests_follow_the_conventions() {
    let mut files = Vec::new();
    for folder in ["auth-macros/src", "auth-runtime/src", "cargo-auth/src", "examples/src", "tests/it", "tests/support"]
    {
        rust_files(&root().join(folder), &mut files);
    }
    assert!(files.len() > 200, "{}", files.len());
    for file in files {
        let (name, text) = (file.display(), fs::read_to_string(&file).unwrap());
        assert!(!file.ends_with("mod.rs"), "{name}: write `name.rs` beside `name/`");
        let is_tunnel = |line: &str| line.trim_start().starts_with("#[path") && line.contains("..");
        assert!(!text.lines().any(is_tunnel), "{name}: a module is in its own crate");
        let inline = text.lines().skip_while(|line| !line.starts_with("mod tests {")).take_while(|line| *line != "}");
        assert!(inline.count() <= 61, "{name}: tests of more than 60 lines are in a file of their own");
    }
}

#[test]
fn development_tokens_need_a_feature_and_no_build_profile_decides() {
    let source = root().join("auth-runtime/src");
    let declared = "#[cfg(feature = \"testing\")]\npub mod testing;";
    assert!(fs::read_to_string(source.join("lib.rs")).unwrap().contains(declared));
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let development = source.join("testing/development.rs");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.contains("fn development("), file == development, "{}", file.display());
        assert!(!text.contains("debug_assertions"), "{}: images are built in debug, too", file.display());
    }
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_dir() => rust_files(&path, files),
            Some(extension) if extension == "rs" => files.push(path),
            _ => {}
        }
    }
}

#[test]
fn no_two_files_use_each_other() {
    let named = ["auth-macros", "auth-runtime"].map(|name| (name, circles(&Source::read(name).arrows())));
    let circles: Vec<_> = named.iter().filter(|(_, circles)| !circles.is_empty()).collect();
    assert!(circles.is_empty(), "files that use each other: {circles:#?}");
}

#[test]
fn a_circle_and_a_missing_arrow_are_found() {
    let arrow = |from: &str, to: &str| (vec![from.to_owned()], vec![to.to_owned()]);
    let chain = BTreeSet::from([arrow("a", "b"), arrow("b", "c")]);
    assert_eq!(circles(&chain), [""; 0]);
    let circle = BTreeSet::from([arrow("a", "b"), arrow("b", "c"), arrow("c", "a")]);
    assert_eq!(circles(&circle), ["a, b, c"]);
    let document = "### `x`\n\n| module | what it is | uses |\n|---|---|---|\n| `a` | one | `b`, `c` |\n| `b` | two | |\n\n### `y`\n";
    let uses = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(rows(document, "x"), [("a".to_owned(), uses(&["b", "c"])), ("b".to_owned(), uses(&[]))]);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The rows of the table under the heading of a crate: a module, and the modules that it uses.
fn rows(document: &str, name: &str) -> Vec<(String, BTreeSet<String>)> {
    let cells = table(document, &format!("`{name}`")).into_iter();
    cells.map(|cells| (quoted(&cells[0]).remove(0), quoted(&cells[cells.len() - 1]).into_iter().collect())).collect()
}

/// The cells of the table under this heading.
fn table(document: &str, heading: &str) -> Vec<Vec<String>> {
    let heading = format!("### {heading}\n");
    let (_, section) = document.split_once(&heading).unwrap_or_else(|| panic!("ARCHITECTURE.md lacks `{heading}`"));
    let section = section.split("\n#").next().unwrap_or_default();
    let lines = section.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    lines.skip(2).map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

/// The texts in backquotes.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The modules of a crate, without its tests.
struct Source {
    modules: BTreeMap<ModulePath, Module>,
}

/// A module, and the paths that it uses.
#[derive(Default)]
struct Module {
    /// The meaning of each imported name in this module.
    imports: BTreeMap<String, Vec<String>>,
    paths: Vec<Vec<String>>,
}

impl Source {
    fn read(name: &str) -> Self {
        let mut source = Self { modules: BTreeMap::new() };
        let directory = root().join(name).join("src");
        source.add(&directory.join("lib.rs"), &directory, Vec::new());
        source
    }

    /// Reads a file and the files of the modules that it declares.
    fn add(&mut self, file: &Path, directory: &Path, path: ModulePath) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let items = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())).items;
        let mut module = Module::default();
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            match item {
                Item::Mod(declared) if declared.content.is_none() => {
                    let name = declared.ident.to_string();
                    let inner = directory.join(&name);
                    let file = match path_attribute(&declared.attrs) {
                        Some(given) => file.with_file_name(given),
                        None => {
                            [inner.with_extension("rs"), inner.join("mod.rs")].into_iter().find(|f| f.exists()).unwrap()
                        }
                    };
                    self.add(&file, &inner, [path.clone(), vec![name]].concat());
                }
                Item::Use(item) => {
                    let is_reexport = !matches!(item.vis, Visibility::Inherited);
                    import(&item.tree, &mut Vec::new(), &mut |path, name| {
                        // A file that only re-exports items of its own submodules does not use them.
                        if !is_reexport || matches!(path.first().map(String::as_str), Some("crate" | "super")) {
                            module.paths.push(path.to_vec());
                        }
                        module.imports.insert(name, path.to_vec());
                    });
                }
                item => collect_paths(item.to_token_stream(), &mut module.paths),
            }
        }
        self.modules.insert(path, module);
    }

    /// The module that defines `named`, as seen from `from`; `None` if it is outside the crate.
    fn resolve(&self, from: &ModulePath, named: &[String], hops: u8) -> Option<ModulePath> {
        let (first, rest) = named.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Vec::new(),
            "self" => from.clone(),
            "super" => from.split_last()?.1.to_vec(),
            _ => {
                let child = [from.clone(), vec![first.clone()]].concat();
                return if self.modules.contains_key(&child) {
                    self.resolve(&child, &[vec!["self".to_owned()], rest.to_vec()].concat(), hops)
                } else {
                    None
                };
            }
        };
        for (place, segment) in rest.iter().enumerate() {
            if segment == "super" {
                at.pop()?;
                continue;
            }
            let child = [at.clone(), vec![segment.clone()]].concat();
            if self.modules.contains_key(&child) {
                at = child;
                continue;
            }
            return match self.modules[&at].imports.get(segment).filter(|_| hops > 0) {
                Some(path) => self.resolve(&at, &[path, &rest[place + 1..]].concat(), hops - 1),
                None => Some(at),
            };
        }
        Some(at)
    }

    /// The files that each file uses.
    fn arrows(&self) -> BTreeSet<(ModulePath, ModulePath)> {
        let mut arrows = BTreeSet::new();
        for (from, module) in &self.modules {
            for path in &module.paths {
                let to = self.resolve(from, path, 8);
                arrows.extend(to.filter(|to| to != from && !from.is_empty()).map(|to| (from.clone(), to)));
            }
        }
        arrows
    }

    /// The top-level modules, and those that each of them uses.
    fn top_level(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut modules: BTreeMap<String, BTreeSet<String>> =
            self.modules.keys().filter_map(|path| Some((path.first()?.clone(), BTreeSet::new()))).collect();
        for (from, to) in self.arrows() {
            if let (Some(from), Some(to)) = (from.first(), to.first())
                && from != to
            {
                modules.get_mut(from).unwrap().insert(to.clone());
            }
        }
        modules
    }
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        _ => &[],
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list
            .tokens
            .to_string()
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| word == "test" || word == "doctest"),
        _ => false,
    })
}

fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => {
            let text = pair.value.to_token_stream().to_string();
            Some(text.trim_matches('"').to_owned())
        }
        _ => None,
    })
}

/// Calls `each` with every path of a `use`, and the name that it gets.
fn import(tree: &UseTree, prefix: &mut Vec<String>, each: &mut impl FnMut(&[String], String)) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            import(&path.tree, prefix, each);
            prefix.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            let last = prefix.last().cloned().unwrap_or_default();
            each(prefix, last);
        }
        UseTree::Name(name) => {
            prefix.push(name.ident.to_string());
            each(prefix, name.ident.to_string());
            prefix.pop();
        }
        UseTree::Rename(rename) => {
            prefix.push(rename.ident.to_string());
            each(prefix, rename.rename.to_string());
            prefix.pop();
        }
        UseTree::Glob(_) => each(prefix, "*".to_owned()),
        UseTree::Group(group) => group.items.iter().for_each(|item| import(item, prefix, each)),
    }
}

/// Adds the paths of two or more segments in the code.
fn collect_paths(tokens: proc_macro2::TokenStream, paths: &mut Vec<Vec<String>>) {
    use proc_macro2::TokenTree;
    let mut path: Vec<String> = Vec::new();
    let mut colons = 0;
    let mut end = |path: &mut Vec<String>| {
        if path.len() > 1 && !path[0].is_empty() {
            paths.push(path.clone());
        }
        path.clear();
    };
    let mut groups = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                // A path that begins with `::`, or continues after a type, is not a path of this crate.
                if path.is_empty() && colons == 2 {
                    path.push(String::new());
                }
            }
            TokenTree::Ident(ident) => {
                if colons != 2 {
                    end(&mut path);
                }
                path.push(ident.to_string());
                colons = 0;
            }
            TokenTree::Group(group) => {
                end(&mut path);
                colons = 0;
                groups.push(group.stream());
            }
            _ => {
                end(&mut path);
                colons = 0;
            }
        }
    }
    end(&mut path);
    for group in groups {
        collect_paths(group, paths);
    }
}

/// The files that use each other, directly or through others: one line for each group.
fn circles(arrows: &BTreeSet<(ModulePath, ModulePath)>) -> Vec<String> {
    let reach = |from: &ModulePath| {
        let mut seen = BTreeSet::new();
        let mut next = vec![from.clone()];
        while let Some(at) = next.pop() {
            for (_, to) in arrows.iter().filter(|(from, _)| *from == at) {
                if seen.insert(to.clone()) {
                    next.push(to.clone());
                }
            }
        }
        seen
    };
    let files: BTreeSet<&ModulePath> = arrows.iter().map(|(from, _)| from).collect();
    let reached: BTreeMap<&ModulePath, BTreeSet<ModulePath>> = files.iter().map(|from| (*from, reach(from))).collect();
    let mut groups = BTreeSet::new();
    for (from, to) in &reached {
        if to.contains(*from) {
            let group: BTreeSet<String> = to
                .iter()
                .filter(|other| reached.get(other).is_some_and(|back| back.contains(*from)))
                .map(|path| path.join("::"))
                .collect();
            groups.insert(group.into_iter().collect::<Vec<_>>().join(", "));
        }
    }
    groups.into_iter().collect()
}

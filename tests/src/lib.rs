//! Shared by the fuzz targets and the test that replays their corpora. The tests are in `it/` and `ui/`.

pub mod fuzz;

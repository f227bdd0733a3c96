//! What the fuzz targets and the replay of their corpora share. The tests are in `it/` and `ui/`.

pub mod fuzz;

# Whether packages and engine are as the sources want them. Sourced, with $root set to the checkout.

packages_stamp="$root/node_modules/.tomolapse-lock.json"
engine_stamp="$root/build/native/sources.cksum"

# A linked node_modules belongs to another checkout and is used as it is.
packages_fresh() {
  [ -x "$root/node_modules/node/bin/node" ] &&
    { [ -L "$root/node_modules" ] || cmp -s "$root/package-lock.json" "$packages_stamp"; }
}

engine_sources() {
  (cd "$root/native" && find CMakeLists.txt core binding -type f | LC_ALL=C sort | xargs cksum | cksum)
}

engine_fresh() {
  [ -f "$root/build/native/tomolapse.node" ] && [ -f "$engine_stamp" ] &&
    [ "$(engine_sources)" = "$(cat "$engine_stamp")" ]
}

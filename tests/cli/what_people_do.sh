#!/bin/sh
# From a folder of media to a model that is searched, added to, cut down, described and exported.
#   what_people_do.sh PYTHON COLLECTION MORE PHOTO ID
# COLLECTION is a folder or manifest, MORE the items that are added, PHOTO an image to search with, ID an item to remove.
set -eu
python=$1 collection=$2 more=$3 photo=$4 id=$5
classicxm() { "$python" -m classicxm.cli "$@"; }
parts="--recipe baseline --extractor image=ColorHistogram --n-jobs 1"

classicxm fit "$collection" -o "the model" $parts
classicxm info "the model" --json >"before.json"
classicxm add "the model" "$more" --n-jobs 1
classicxm search "the model" --image "$photo" --target image -k 3 --json >"found.json"
classicxm remove "the model" "$id"
if classicxm remove "the model" "$id" 2>"refused.txt"; then exit 1; fi
classicxm info "the model" --json >"after.json"
classicxm list "the model" --json >"list.json"
classicxm export "the model" -o "all.npz"
classicxm export "the model" -o "all.csv" --modality image
printf 'apple pie\nchicken soup\n' | classicxm search "the model" - --target image -k 2 >"lines.jsonl"

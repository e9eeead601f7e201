#pragma once

#include <string>

#include "data/data_set.h"
#include "data/data_set_file.h"

namespace attnsweep::data {

/// What the shards of one kind of spectrogram show of `dataset.json`. Both empty: the digest is that of the classes, the
/// recordings and the parameters that the shards hold.
struct DigestCheck {
    std::string fault;       ///< in what it is wrong: it was edited
    std::string unverified;  ///< why the digest cannot be computed from the shards
};

/// Computes the digest again from what the shards hold. They hold neither the rate of a recording of which a part was taken
/// nor the length of one that was padded, which the digest covers.
DigestCheck check_digest(const DataSet& set, const DataSetFile& file);

}  // namespace attnsweep::data

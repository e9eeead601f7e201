#pragma once

namespace attnsweep::store {

class Connection;
class Store;

/// Keeps everything that is read of a store at one moment while it lives, whatever a writer commits meanwhile. Inside a transaction
/// that is open already it does nothing. The store must outlive it and is used by one thread at a time. The constructor throws
/// store::Error, the destructor nothing.
class Snapshot {
public:
    explicit Snapshot(const Store& store);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

private:
    Connection& connection_;
    bool is_mine_ = false;
};

}  // namespace attnsweep::store

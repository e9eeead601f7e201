#pragma once

namespace attnsweep::store {

class Connection;
class Store;

/// Makes every read of a store during its lifetime see the same state, whatever a writer commits meanwhile (a read
/// transaction). Does nothing inside a transaction that is already open. The store must outlive it; both are used by
/// one thread at a time. The constructor throws store::Error, the destructor nothing.
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

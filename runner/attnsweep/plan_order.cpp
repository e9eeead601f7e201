#include "runner/attnsweep/plan_order.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace attnsweep::runner {

namespace {

/// When the last of these ends, each begun in turn on the slot that is free first. `begun` is told when.
double play(const std::vector<std::size_t>& order, int slots, const std::function<double(std::size_t)>& lasts_s,
            const std::function<void(std::size_t, double)>& begun)
{
    std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
    for (int slot = 0; slot < slots; ++slot)
        free_at.push(0);
    double end_s = 0;
    for (const std::size_t trial : order) {
        const double start_s = free_at.top();
        free_at.pop();
        begun(trial, start_s);
        free_at.push(start_s + lasts_s(trial));
        end_s = std::max(end_s, start_s + lasts_s(trial));
    }
    return end_s;
}

}  // namespace

Course course_of(const std::vector<Standing>& standings, const std::vector<ExpectedDuration>& durations, int slots)
{
    Course course;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < standings.size(); ++i) {
        if (!standings[i].remains())
            continue;
        order.push_back(i);
        course.longest_s = std::max(course.longest_s, durations[i].left_s);
        course.total_s += durations[i].left_s;
        course.is_measured = course.is_measured && durations[i].is_measured();
    }
    // As the scheduler does: the longest first, equals in the sweep's order. What runs already has begun before.
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const bool a_runs = standings[a].stand == Stand::running, b_runs = standings[b].stand == Stand::running;
        return a_runs != b_runs ? a_runs : durations[a].left_s > durations[b].left_s;
    });
    const auto no_start = [](std::size_t, double) {};
    course.makespan_s = play(
        order, slots, [&](std::size_t i) { return durations[i].left_s; },
        [&](std::size_t i, double after_s) {
            course.starts.push_back({i, after_s, durations[i].left_s});
        });
    course.makespan_low_s = play(
        order, slots, [&](std::size_t i) { return durations[i].left_low_s; }, no_start);
    course.makespan_high_s = play(
        order, slots, [&](std::size_t i) { return durations[i].left_high_s; }, no_start);
    course.lower_bound_s = std::max(course.longest_s, course.total_s / slots);
    return course;
}

}  // namespace attnsweep::runner

#include "configs/name_list.h"

#include <algorithm>
#include <cstddef>

namespace attnsweep::configs {

std::vector<std::string> names_in(const std::vector<std::string>& lists,
                                  const std::function<bool(const std::string&)>& is_known)
{
    std::vector<std::string> names;
    for (const std::string& list : lists) {
        for (std::size_t begin = 0; begin <= list.size();) {
            std::size_t end = list.size();
            while (end > begin && !is_known(list.substr(begin, end - begin))) {
                end = list.rfind(',', end - 1);
                end = end == std::string::npos || end < begin ? begin : end;
            }
            if (end == begin) {
                end = std::min(list.find(',', begin), list.size());
            }
            if (end > begin || list.empty()) {
                names.push_back(list.substr(begin, end - begin));
            }
            begin = end + 1;
        }
    }
    return names;
}

}  // namespace attnsweep::configs

#pragma once

#include <string>

#include "reports/page/page_content.h"

namespace attnsweep::reports {

/// Render the page's sections on classes, without their headings. Where there is nothing to show they are empty or, beside
/// the paper, a sentence.
std::string confusion_body(const PageContent& content);   ///< matrices, and the table of classes
std::string mistakes_body(const PageContent& content);    ///< the most frequent mistakes
std::string recordings_body(const PageContent& content);  ///< recordings most often wrong, and confidence
std::string changes_body(const PageContent& content);     ///< each class's change from 0 % to 25 % attention

}  // namespace attnsweep::reports

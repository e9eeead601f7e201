#include "reports/page/page_script.h"

#include <cstddef>

#include "configs/test_clips.h"
#include "files/checksum.h"

namespace attnsweep::reports {

// Rows of the class "reference" and "baseline" stay below the row before them. It holds no less-than sign, so that nothing can
// be taken for an element.
const char* const page_script = R"(
document.querySelectorAll('table.sortable').forEach(table=>{
const body=table.tBodies[0],heads=[...table.tHead.rows[0].cells],groups=[];
[...body.rows].forEach(row=>row.matches('.reference')&&groups.length?groups.at(-1).push(row):groups.push([row]));
const value=(group,column)=>{const text=group[0].cells[column].textContent.trim(),number=parseFloat(text.replace(/^\./,'0.'));
return Number.isNaN(number)?text:number};
const compared=(a,b)=>typeof a===typeof b?(typeof a==='number'?a-b:a.localeCompare(b)):typeof a==='number'?-1:1;
heads.forEach((head,column)=>{
const button=document.createElement('button');button.type='button';button.append(...head.childNodes);head.append(button);
button.addEventListener('click',()=>{
const down=head.getAttribute('aria-sort')==='ascending';
heads.forEach(other=>other.removeAttribute('aria-sort'));
head.setAttribute('aria-sort',down?'descending':'ascending');
body.querySelectorAll('.rule').forEach(row=>row.classList.remove('rule'));
const order=groups.filter(group=>!group[0].matches('.baseline')).sort((a,b)=>compared(value(a,column),value(b,column))*(down?-1:1));
body.append(...order.flat(),...groups.filter(group=>group[0].matches('.baseline')).flat())})})})
)";

std::string page_script_source()
{
    const std::string hex = files::sha256_hex(page_script);
    std::string digest;
    for (std::size_t at = 0; at < hex.size(); at += 2) {
        digest += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
    }
    return "'sha256-" + configs::to_base64(digest) + "'";
}

}  // namespace attnsweep::reports

#include "reports/page/page_script.h"

#include <cstdint>

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
    constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string base64;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char digit : hex) {  // four bits each
        bits = bits << 4 | static_cast<std::uint32_t>(digit >= 'a' ? digit - 'a' + 10 : digit - '0');
        held += 4;
        if (held >= 6) {
            held -= 6;
            base64 += letters[bits >> held & 63];
        }
    }
    base64 += letters[bits << (6 - held) & 63];
    base64.append((4 - base64.size() % 4) % 4, '=');
    return "'sha256-" + base64 + "'";
}

}  // namespace attnsweep::reports

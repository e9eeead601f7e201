// Replaces note_renderer.cpp when libfluidsynth was not found at build time.
#include "data/demo/note_renderer.h"
#include "data/error.h"

namespace attnsweep::data {

struct NoteRenderer::State {};

bool NoteRenderer::available()
{
    return false;
}

std::string NoteRenderer::remedy()
{
    return "this build cannot render a demo corpus: libfluidsynth was not there; install it (Debian: apt-get install "
           "libfluidsynth-dev musescore-general-soundfont-small) and build again";
}

void NoteRenderer::prepare()
{
    throw Error(remedy());
}

NoteRenderer::NoteRenderer(const std::filesystem::path&, int)
{
    throw Error(remedy());
}

NoteRenderer::~NoteRenderer() = default;

std::vector<float> NoteRenderer::render(int, int, int, int, double, double)
{
    throw Error(remedy());
}

}  // namespace attnsweep::data

using System.Runtime.InteropServices;
using SsMfar.Runtime;

namespace SsMfar.Tests.Runtime;

public sealed class ElfEmptyLibraryTests
{
    [LinuxFact]
    public void Once_loaded_it_answers_for_the_path_that_is_its_soname()
    {
        var elsewhere = $"/nowhere/{Guid.NewGuid():N}/libé.so";
        var file = Path.GetTempFileName();
        try
        {
            NativeLibrary.TryLoad(elsewhere, out _).Should().BeFalse();
            File.WriteAllBytes(file, ElfEmptyLibrary.Create(elsewhere));

            var library = NativeLibrary.Load(file);

            NativeLibrary.Load(elsewhere).Should().Be(library);
            NativeLibrary.TryGetExport(library, "anything", out _).Should().BeFalse();
        }
        finally
        {
            File.Delete(file);
        }
    }
}

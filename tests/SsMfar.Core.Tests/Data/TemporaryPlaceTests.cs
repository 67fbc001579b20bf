using SsMfar.Data;

namespace SsMfar.Tests.Data;

/// <summary>Pixels that are too many for memory do not go there by another name.</summary>
public sealed class TemporaryPlaceTests
{
    [Theory]
    [InlineData(true, false, true, "/var/tmp")]
    [InlineData(true, false, false, "/tmp")]
    [InlineData(true, true, true, "/tmp")]
    [InlineData(true, null, true, "/tmp")]
    [InlineData(false, false, true, "/tmp")]
    [InlineData(null, false, true, "/tmp")]
    public void A_folder_on_a_disk_is_taken_where_the_usual_one_is_in_memory(bool? usual, bool? large, bool mayBeWritten, string taken) =>
        TemporaryPlace.Choose("/tmp", folder => folder == "/tmp" ? usual : large, _ => mayBeWritten).Should().Be(taken);

    // Where Linux has its memory as a folder, and nothing else is known to be on a disk.
    [LinuxFact]
    public void The_systems_word_for_a_folder_in_memory_is_the_kernels()
    {
        Directory.Exists(TemporaryPlace.Folder).Should().BeTrue();
        string[][] mounts = [.. File.ReadLines("/proc/self/mounts").Select(line => line.Split(' '))];
        mounts.Where(mount => mount[2] == "tmpfs" && Directory.Exists(mount[1])).Should()
            .OnlyContain(mount => new DriveInfo(mount[1]).DriveFormat == "tmpfs");
    }
}

using System.IO.Compression;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Tests.Training;

namespace SsMfar.Tests.Data;

/// <summary>Images that two sets share are counted, so that validating on what was learned is said.</summary>
public sealed class SharedImagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SharedImagesTests()
    {
        Directory.CreateDirectory(_folder.File("a"));
        Directory.CreateDirectory(_folder.File("b"));
        File.WriteAllText(_folder.File("a/1.jpg"), "");
        ZipFile.CreateFromDirectory(_folder.File("a"), _folder.File("a.zip"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_of_one_folder_are_shared_by_name_in_any_spelling()
    {
        AffectDataset training = Set("a", "v/1.jpg", "v/2.jpg", "v/3.jpg");

        training.CountShared(training).Should().Be(3);
        training.CountShared(Set("a", "v\\2.jpg", "./v/3.jpg", "v/4.jpg")).Should().Be(2);
        training.CountShared(Set("a/.", "v/2.jpg")).Should().Be(1);
        training.CountShared(Set("a", "v/4.jpg")).Should().Be(0);
        Set("a.zip", "1.jpg").CountShared(Set("a.zip", "1.jpg")).Should().Be(1);
    }

    [Fact]
    public void Equal_names_of_other_folders_are_other_images()
    {
        AffectDataset training = Set("a", "1.jpg");

        training.CountShared(Set("b", "1.jpg")).Should().Be(0);
        training.CountShared(Set("a.zip", "1.jpg")).Should().Be(0);
        Set("", "a/1.jpg").CountShared(training).Should().Be(1);
    }

    [Fact]
    public void Sources_of_ones_own_are_the_same_when_they_are_one()
    {
        TinyFaces.Images one = new(), other = new();
        AnnotationSet rows = TinyFaces.Annotations(5);

        new AffectDataset(rows, one).CountShared(new(rows, one)).Should().Be(5);
        new AffectDataset(rows, one).CountShared(new(rows, other)).Should().Be(0);
    }

    private AffectDataset Set(string root, params string[] names) =>
        new(new(names.Select(name => new AnnotationRow(name, null, 0, default))), _folder.File(root));
}

using SsMfar.Imaging;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Imaging;

/// <summary>What a folder's list of images has, and what is left out of it.</summary>
public sealed class FolderListingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_ending_of_the_documented_formats_is_taken()
    {
        string[] names = ["a.bmp", "b.GIF", "c.jfif", "d.jpe", "e.jpeg", "f.JPG", "g.png", "h.webp"];
        Make([.. names, "notes.txt", "i.heic", "jpg"]);

        FolderListing listing = List();

        listing.Names.Should().Equal(names);
        (listing.OtherFiles, listing.SystemFiles, listing.RepeatedLinks).Should().Be((3, 0, 0));
    }

    [Fact]
    public void What_systems_keep_beside_images_is_left_out_and_counted()
    {
        Make(
            "v/1.jpg",
            "v/._1.jpg",
            "__MACOSX/v/._1.jpg",
            "__MACOSX/v/1.jpg",
            "v/.ipynb_checkpoints/1-checkpoint.jpg",
            "v/@eaDir/1.jpg/SYNOPHOTO.jpg",
            ".Trash-1000/2.jpg",
            ".thumbnails/3.png");

        FolderListing listing = List();

        listing.Names.Should().Equal("v/1.jpg");
        listing.SystemFiles.Should().Be(7);
        listing.OtherFiles.Should().Be(0);
    }

    [Fact]
    public void A_link_to_its_own_folder_ends()
    {
        Make("v/1.jpg");
        Link("v/again", "v");
        Link("whole", "");

        FolderListing listing = List();

        listing.Names.Should().Equal("v/1.jpg");
        listing.RepeatedLinks.Should().Be(2);
    }

    [Fact]
    public void Two_folders_that_link_to_each_other_end()
    {
        Make("a/1.jpg", "b/2.jpg");
        Link("a/b", "b");
        Link("b/a", "a");

        List().Names.Should().Equal("a/1.jpg", "b/2.jpg");
    }

    [Fact]
    public void A_real_file_is_listed_once_under_its_own_name()
    {
        Make("z/1.jpg");
        File.CreateSymbolicLink(Path("a.jpg"), Path("z/1.jpg"));
        File.CreateSymbolicLink(Path("b.jpg"), Path("a.jpg"));

        FolderListing listing = List();

        listing.Names.Should().Equal("z/1.jpg");
        listing.RepeatedLinks.Should().Be(2);
    }

    // Windows has no such files.
    [Fact]
    public void Names_with_a_colon_are_files_as_others_are()
    {
        string[] names = OperatingSystem.IsWindows() ? ["9.jpg"] : ["9:41.jpg", "a:b.jpg", "d/c:1.jpg"];
        Make(names);

        List().Names.Should().BeEquivalentTo(names);
        FolderImageSource source = new(_folder.Path);
        foreach (string name in names)
        {
            source.Exists(name).Should().BeTrue();
            using Stream opened = source.Open(name);
        }
    }

    [Fact]
    public void What_links_alone_lead_to_is_listed_once_and_can_be_opened()
    {
        using TemporaryFolder elsewhere = new();
        Directory.CreateDirectory(elsewhere.File("sub"));
        File.WriteAllText(elsewhere.File("sub/1.jpg"), "");
        File.WriteAllText(elsewhere.File("2.jpg"), "");
        Make("own.jpg");
        Directory.CreateSymbolicLink(Path("one"), elsewhere.Path);
        Directory.CreateSymbolicLink(Path("two"), elsewhere.Path);
        File.CreateSymbolicLink(Path("three.jpg"), elsewhere.File("2.jpg"));
        Directory.CreateSymbolicLink(elsewhere.File("sub/back"), _folder.Path);

        FolderListing listing = List();

        listing.Names.Should().Equal("one/2.jpg", "one/sub/1.jpg", "own.jpg");
        listing.RepeatedLinks.Should().Be(3);
        using Stream opened = new FolderImageSource(_folder.Path).Open("one/sub/1.jpg");
        opened.Length.Should().Be(0);
    }

    [Fact]
    public void A_folder_that_is_a_link_itself_is_listed()
    {
        Make("real/1.jpg");
        Link("linked", "real");

        new FolderImageSource(Path("linked")).GetImageNames().Should().Equal("1.jpg");
    }

    [Fact]
    public void A_link_to_nothing_or_to_itself_stays_in_the_list_so_that_it_is_missed_by_name()
    {
        File.CreateSymbolicLink(Path("gone.jpg"), Path("nowhere.jpg"));
        File.CreateSymbolicLink(Path("self.jpg"), Path("self.jpg"));

        List().Names.Should().Equal("gone.jpg", "self.jpg");
    }

    [UnixFact]
    public void A_file_with_a_backslash_in_its_name_is_refused_by_name()
    {
        Make("dir\\x.jpg", "ok.jpg", "notes\\x.txt");

        FluentActions.Invoking(List).Should().Throw<InvalidDataException>()
            .WithMessage($"*{_folder.Path}*1 image file has a name with a backslash*'dir\\x.jpg'*Rename it*");
    }

    [Theory]
    [InlineData("caf\u00E9/1.jpg", "cafe\u0301/1.jpg")]
    [InlineData("cafe\u0301/1.jpg", "caf\u00E9/1.jpg")]
    public void A_name_in_another_unicode_form_is_told_apart(string made, string asked)
    {
        Make(made);
        using FolderImageSource source = new(_folder.Path);
        if (source.Exists(asked))
        {
            return; // a file system that knows both forms as one
        }

        string message = FluentActions.Invoking(() => ImageDecoder.Default.Decode(source, asked)).Should().Throw<ImageDecodeException>()
            .Which
            .Message;

        message.Should().ContainAll("there is no such file, but", made, "(NFC)", "(NFD)", "looks the same");
        FluentActions.Invoking(() => ImageDecoder.Default.Decode(source, "cafe/1.jpg")).Should().Throw<ImageDecodeException>().Which.Message
            .Should()
            .NotContain("Unicode");
    }

    private FolderListing List() => new FolderImageSource(_folder.Path).ListImages();

    private string Path(string name) => System.IO.Path.Combine(_folder.Path, name);

    private void Link(string name, string target) => Directory.CreateSymbolicLink(Path(name), Path(target).TrimEnd('/'));

    private void Make(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
            File.WriteAllText(Path(name), "");
        }
    }
}

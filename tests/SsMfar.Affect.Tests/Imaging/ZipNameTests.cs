using System.IO.Compression;
using System.Text;
using SsMfar.Imaging;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Imaging;

/// <summary>Names in archives, and archives with a password.</summary>
public sealed class ZipNameTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Archive => _folder.File("images.zip");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("v\\1.jpg")]
    [InlineData("./v/1.jpg")]
    [InlineData("v//1.jpg")]
    [InlineData("v/./1.jpg")]
    public void Entries_are_found_however_the_archive_spells_them(string entry)
    {
        Make((entry, [1, 2, 3]));
        using ZipImageSource source = new(Archive);

        foreach (string name in new[] { "v/1.jpg", "v\\1.jpg", ".\\v/1.jpg", "v//1.jpg" })
        {
            source.Exists(name).Should().BeTrue();
            source.GetStamp(name).Should().NotBeNull();
            using Stream opened = source.Open(name);
            opened.Length.Should().Be(3);
        }
    }

    [Fact]
    public void Two_entries_of_one_name_are_one_image_or_are_refused()
    {
        Make(("v/1.jpg", [1]), ("v\\1.jpg", [1]));
        using (ZipImageSource source = new(Archive))
        {
            source.Exists("v/1.jpg").Should().BeTrue();
        }

        Make(("v/1.jpg", [1]), ("v\\1.jpg", [2]));
        FluentActions.Invoking(() => new ZipImageSource(Archive)).Should().Throw<InvalidDataException>()
            .WithMessage($"*{Archive}*two different files*'v/1.jpg'*'v\\1.jpg'*");
    }

    // As Windows and old programs pack them: no flag says what their names are in.
    [Theory]
    [InlineData("Gr\u00FC\u00DFe/1.jpg", new byte[] { (byte)'G', (byte)'r', 0x81, 0xE1, (byte)'e' })]
    [InlineData("Gr\u00FC\u00DFe/1.jpg", new byte[] { (byte)'G', (byte)'r', 0xC3, 0xBC, 0xC3, 0x9F, (byte)'e' })]
    public void Names_that_are_not_said_to_be_UTF_8_are_so_where_they_can_be_else_of_code_page_437(string name, byte[] folder)
    {
        string stand = new('x', folder.Length);
        Make(($"{stand}/1.jpg", [1, 2, 3]));
        byte[] zip = File.ReadAllBytes(Archive);
        for (int at = 0; zip.AsSpan(at).IndexOf(Encoding.ASCII.GetBytes(stand)) is >= 0 and var next; at += next + 1)
        {
            folder.CopyTo(zip, at + next);
        }

        File.WriteAllBytes(Archive, zip);
        using ZipImageSource source = new(Archive);

        source.Exists(name).Should().BeTrue();
        using Stream opened = source.Open(name);
        opened.Length.Should().Be(3);
    }

    [Fact]
    public void A_folder_is_no_image()
    {
        Make(("v/", []), ("v\\w\\", []), ("v/1.jpg", [1]));
        using ZipImageSource source = new(Archive);

        source.Exists("v").Should().BeFalse();
        source.Exists("v/w").Should().BeFalse();
        source.Exists("v/1.jpg").Should().BeTrue();
    }

    [Fact]
    public void A_name_in_another_unicode_form_is_told_apart()
    {
        Make(("cafe\u0301/1.jpg", [1]));
        using ZipImageSource source = new(Archive);

        FluentActions.Invoking(() => ImageDecoder.Default.Decode(source, "caf\u00E9/1.jpg")).Should().Throw<ImageDecodeException>()
            .WithMessage("*there is no such file, but*looks the same*(NFC)*(NFD)*");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(99)] // AES
    public void An_encrypted_archive_says_so(int? method)
    {
        Make(("v/1.jpg", [1, 2, 3]), ("v/2.jpg", [4]));
        Encrypt(entries: 2, method);

        FluentActions.Invoking(() => new ZipImageSource(Archive)).Should().Throw<InvalidDataException>()
            .WithMessage($"*{Archive}*its files are encrypted*Unpack*");
    }

    [Fact]
    public void An_encrypted_file_among_others_says_so()
    {
        Make(("v/1.jpg", [1, 2, 3]), ("v/2.jpg", [4]));
        Encrypt(entries: 1, method: null);
        using ZipImageSource source = new(Archive);

        using Stream open = source.Open("v/2.jpg");
        open.Length.Should().Be(1);
        FluentActions.Invoking(() => source.Open("v/1.jpg")).Should().Throw<InvalidDataException>()
            .WithMessage("*'v/1.jpg' in it is encrypted*");
        FluentActions.Invoking(() => ImageDecoder.Default.Decode(source, "v/1.jpg")).Should().Throw<ImageDecodeException>()
            .WithMessage("*encrypted*");
    }

    private void Make(params (string Name, byte[] Bytes)[] entries)
    {
        using ZipArchive archive = new(File.Create(Archive), ZipArchiveMode.Create);
        foreach ((string name, byte[] bytes) in entries)
        {
            using Stream stream = archive.CreateEntry(name).Open();
            stream.Write(bytes);
        }
    }

    /// <summary>Sets the flag, and the method, that say in both headers of the first entries that they are encrypted.</summary>
    private void Encrypt(int entries, int? method)
    {
        byte[] zip = File.ReadAllBytes(Archive);
        foreach ((byte[] signature, int flags) in new[] { ("PK\u0003\u0004"u8.ToArray(), 6), ("PK\u0001\u0002"u8.ToArray(), 8) })
        {
            int at = 0;
            for (int i = 0; i < entries; i++)
            {
                at += zip.AsSpan(at).IndexOf(signature);
                zip[at + flags] |= 1;
                zip[at + flags + 2] = (byte)(method ?? zip[at + flags + 2]);
                at++;
            }
        }

        File.WriteAllBytes(Archive, zip);
    }
}

using System.Text;
using System.Text.Unicode;

namespace SsMfar.Imaging;

/// <summary>
/// Names of entries that do not say that they are UTF-8: of many programs they are so all the same; else they are of code page 437, as the
/// format has it.
/// </summary>
internal sealed class ZipNameEncoding : Encoding
{
    private static readonly Encoding Page437 = CodePagesEncodingProvider.Instance.GetEncoding(437)!;

    private ZipNameEncoding()
    {
    }

    /// <summary>Gets the encoding.</summary>
    public static ZipNameEncoding Instance { get; } = new();

    /// <inheritdoc/>
    public override int GetByteCount(char[] chars, int index, int count) => UTF8.GetByteCount(chars, index, count);

    /// <inheritdoc/>
    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        UTF8.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count) => Of(bytes, index, count).GetCharCount(bytes, index, count);

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        Of(bytes, byteIndex, byteCount).GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    /// <inheritdoc/>
    public override int GetMaxByteCount(int charCount) => UTF8.GetMaxByteCount(charCount);

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => UTF8.GetMaxCharCount(byteCount);

    private static Encoding Of(byte[] bytes, int index, int count) => Utf8.IsValid(bytes.AsSpan(index, count)) ? UTF8 : Page437;
}

using System.Collections.Immutable;

namespace SsMfar.Imaging;

/// <summary>The images of a folder, and how many files were left out of them for which reason.</summary>
public sealed class FolderListing
{
    internal FolderListing(ImmutableArray<string> names, int otherFiles, int systemFiles, int repeatedLinks) =>
        (Names, OtherFiles, SystemFiles, RepeatedLinks) = (names, otherFiles, systemFiles, repeatedLinks);

    /// <summary>Gets the images' names relative to the folder, with '/' between their parts, in ordinal order.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Gets the number of files whose names do not end as images do.</summary>
    public int OtherFiles { get; }

    /// <summary>
    /// Gets the number of files with an image's ending that systems and programs keep beside images: <c>._*</c> of macOS, and whatever is
    /// in <c>__MACOSX</c>, <c>.ipynb_checkpoints</c>, <c>@eaDir</c>, <c>.thumbnails</c>, <c>.Trash*</c> and <c>$RECYCLE.BIN</c>.
    /// </summary>
    public int SystemFiles { get; }

    /// <summary>
    /// Gets the number of symbolic links to files and folders that are in the list, or were walked, under another name.
    /// </summary>
    public int RepeatedLinks { get; }
}

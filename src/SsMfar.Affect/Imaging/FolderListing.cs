using System.Collections.Immutable;

namespace SsMfar.Imaging;

/// <summary>The images of a folder, and how many files were left out of them for which reason.</summary>
/// <param name="Names">The images' names relative to the folder, with '/' between their parts, in ordinal order.</param>
/// <param name="OtherFiles">Files whose names do not end as images do.</param>
/// <param name="SystemFiles">
/// Files with an image's ending that systems and programs keep beside images: <c>._*</c> of macOS, and whatever is in <c>__MACOSX</c>,
/// <c>.ipynb_checkpoints</c>, <c>@eaDir</c>, <c>.thumbnails</c>, <c>.Trash*</c> and <c>$RECYCLE.BIN</c>.
/// </param>
/// <param name="RepeatedLinks">Symbolic links to files and folders that are in the list, or were walked, under another name.</param>
public sealed record FolderListing(ImmutableArray<string> Names, int OtherFiles, int SystemFiles, int RepeatedLinks);

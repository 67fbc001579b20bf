namespace SsMfar.Faces;

/// <summary>What a network says is a face, before findings of one face are put together.</summary>
/// <param name="Box">Where, in pixels of the network's input or, later, of the picture.</param>
/// <param name="Points">Its landmarks as x, y, x, y, ..., likewise.</param>
/// <param name="Score">The score, 0 to 1.</param>
/// <param name="View">Which view of the picture it was found in.</param>
internal readonly record struct FaceCandidate(FaceRectangle Box, float[] Points, float Score, int View = 0);
